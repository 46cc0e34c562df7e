"""What the provider says of a person when it is asked again (OpenID Connect Core 1.0 §5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import httpx2

from network_id import network_id
from network_id.errors import (
    AccessTokenRefusedError,
    ProviderAnswerError,
    TokenTypeError,
    UserInfoSubjectError,
    shown,
)
from network_id.sign_in import read_ages
from network_id.signed import Wanted, audience_is_ours_alone, named, unverified, verified

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from network_id.dpop import Prover
    from network_id.keys import KeyCache

OK: Final = 200
REFUSED: Final = (401, 403)


@dataclass(frozen=True, slots=True)
class UserInfo:
    """What the provider says now. ``network_id`` is the one that the ID token named."""

    network_id: str
    ages: Mapping[int, bool]
    claims: Mapping[str, Any]

    @property
    def display(self) -> str:
        """The network ID as people read it: five groups of five."""
        return network_id.display(self.network_id)

    def over(self, age: int) -> bool | None:
        """Return whether the person has reached ``age``, or None when that was not answered."""
        return self.ages.get(age)


class Bearing(httpx2.Auth):
    """Sends an access token: as a bearer, or with a DPoP proof (RFC 9449 §7.1)."""

    requires_response_body = True

    def __init__(self, access_token: str, prover: Prover | None) -> None:
        self._token = access_token
        self._prover = prover

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request, and once more where a nonce is asked for."""
        response = yield self._signed(request)
        if self._prover is not None and self._prover.must_repeat(response):
            response = yield self._signed(request)
            self._prover.must_repeat(response)  # the nonce for the next request

    def _signed(self, request: httpx2.Request) -> httpx2.Request:
        if self._prover is None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        else:
            request.headers["Authorization"] = f"DPoP {self._token}"
            request.headers["DPoP"] = self._prover.proof(request, self._token)
        return request


async def read_userinfo(
    response: httpx2.Response, subject: str, keys: KeyCache, wanted: Wanted
) -> UserInfo:
    """Return what ``response`` says of the person whose network ID is ``subject``.

    It is JSON, or a JWT for a client that registered ``userinfo_signed_response_alg`` (§5.3.2).
    Raises AccessTokenRefusedError, UserInfoSubjectError, TokenError, ProviderError.
    """
    if response.status_code in REFUSED:
        came = response.headers.get("www-authenticate", "")
        raise AccessTokenRefusedError(
            expected="an answer for this access token",
            came=f"HTTP {response.status_code} ({shown(came)})",
        )
    if _kind(response) == "application/jwt" and response.status_code == OK:
        token = unverified(response.text, wanted.algorithms, "JWT")
        claims = verified(token, await keys.find(token.kid, token.alg))
        for check in SIGNED:
            check(claims, wanted)
    else:
        claims = _claims(response)
    # §5.3.2: a token that was put in place of the person's would answer for somebody else.
    if claims.get("sub") != subject:
        raise UserInfoSubjectError(
            expected="the sub of the ID token", came="another" if "sub" in claims else "none"
        )
    ages = MappingProxyType(read_ages(claims))
    return UserInfo(subject, ages, MappingProxyType(claims))


def _issuer_is_ours(claims: Mapping[str, Any], wanted: Wanted) -> None:
    if claims.get("iss") != wanted.issuer:
        raise named("iss", claims, wanted)


def _is_no_other_token(claims: Mapping[str, Any], _wanted: Wanted) -> None:
    # The same key signs ID tokens, of the same type: an old one would tell old answers.
    if not claims.keys().isdisjoint(("nonce", "at_hash", "exp")):
        raise TokenTypeError(expected="a userinfo answer", came="an ID token")


SIGNED: Final = (_issuer_is_ours, audience_is_ours_alone, _is_no_other_token)


def _kind(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _claims(response: httpx2.Response) -> dict[str, Any]:
    kind = _kind(response)
    try:
        claims = response.json() if kind == "application/json" else None
    except (ValueError, RecursionError):
        claims = None
    if response.status_code != OK or not isinstance(claims, dict):
        raise ProviderAnswerError(
            expected="a JSON object from userinfo",
            came=f"HTTP {response.status_code}, {shown(kind)}",
        )
    return claims
