"""The authorization response's checks, in order: what the browser brings to the redirect URI.

Its size and shape; the state, so that it answers this browser's sign-in; the issuer, so that it is
this provider's (RFC 9207), before an error in it is believed or its code is sent anywhere.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from network_id.errors import (
    AccessDeniedError,
    CodeMissingError,
    DuplicateParameterError,
    NoSignInPendingError,
    ProviderRefusedError,
    ResponseIssuerMismatchError,
    ResponseIssuerMissingError,
    ResponseTooLargeError,
    SignInExpiredError,
    StateMismatchError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.metadata import Metadata
    from network_id.sign_in import Pending

LARGEST = 8_192  # characters of a query
MOST_PARAMETERS = 32
LIFE = 3_600  # seconds from begin to finish: creating a network ID on the way takes its time


@dataclass(frozen=True, slots=True)
class Response:
    """One authorization response and what it is checked against."""

    parameters: Mapping[str, str]
    pending: Pending
    metadata: Metadata
    now: int


def accept_response(
    pending: Pending | None, query: str | bytes, metadata: Metadata, now: int
) -> tuple[Pending, str]:
    """Return the sign-in that ``query`` answers, and its code.

    ``query`` is the raw query string of the redirect URI, or that whole URI. Raises
    `ResponseError`s, and ProviderRefusedError for an error response.
    """
    if pending is None:
        raise NoSignInPendingError(expected="a sign-in begun in this browser", came="none")
    response = Response(read_query(query), pending, metadata, now)
    for check in CHECKS:
        check(response)
    return pending, response.parameters["code"]


def read_query(given: str | bytes) -> dict[str, str]:
    """Return the parameters. Raises ResponseTooLargeError, DuplicateParameterError."""
    query = given.decode("ascii", "replace") if isinstance(given, bytes) else given
    if query.startswith(("https://", "http://")):
        query = query.partition("?")[2].partition("#")[0]
    if len(query) > LARGEST or query.count("&") >= MOST_PARAMETERS:
        raise ResponseTooLargeError(
            expected=f"at most {LARGEST} characters, {MOST_PARAMETERS} parameters", came="more"
        )
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        if name in parameters:
            raise DuplicateParameterError(expected=f"{shown(name)} once", came="twice or more")
        parameters[name] = value
    return parameters


def _state_is_ours(response: Response) -> None:
    came = response.parameters.get("state", "")
    # "surrogatepass": a framework may hand on octets that are no UTF-8 as half characters.
    given, own = (one.encode(errors="surrogatepass") for one in (came, response.pending.state))
    if not hmac.compare_digest(given, own):
        raise StateMismatchError(
            expected="the state of this sign-in", came="another" if came else "none"
        )


def _issuer_is_ours(response: Response) -> None:
    came, issuer = response.parameters.get("iss"), response.metadata.issuer
    if came is None and response.metadata.response_has_issuer:
        raise ResponseIssuerMissingError(expected=f"iss {shown(issuer)}", came="none")
    if came is not None and came != issuer:
        raise ResponseIssuerMismatchError(expected=f"iss {shown(issuer)}", came=shown(came))


def _sign_in_is_of_this_provider(response: Response) -> None:
    # A platform with several providers: the answer must come from the one that was asked.
    if response.pending.issuer != response.metadata.issuer:
        raise ResponseIssuerMismatchError(
            expected=f"a sign-in begun at {shown(response.metadata.issuer)}",
            came=shown(response.pending.issuer),
        )


def _sign_in_is_recent(response: Response) -> None:
    age = response.now - response.pending.begun_at
    if age > LIFE:
        raise SignInExpiredError(expected=f"an answer within {LIFE} s", came=f"one after {age} s")


def _provider_did_not_refuse(response: Response) -> None:
    error = response.parameters.get("error")
    if error is None:
        return
    kind = AccessDeniedError if error == "access_denied" else ProviderRefusedError
    told, uri = (response.parameters.get(f"error_{name}", "") for name in ("description", "uri"))
    # Of the provider's own pages only: a link in a log is followed.
    ours = uri.startswith(f"{response.metadata.issuer.rstrip('/')}/")
    raise kind(error, told, uri if ours else "")


def _code_is_there(response: Response) -> None:
    if not response.parameters.get("code"):
        raise CodeMissingError(expected="a code", came="neither a code nor an error")


CHECKS = (
    _state_is_ours,
    _issuer_is_ours,
    _sign_in_is_of_this_provider,
    _sign_in_is_recent,
    _provider_did_not_refuse,
    _code_is_there,
)
