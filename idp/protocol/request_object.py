"""Request objects: an authorization request as a JWT that its client signed (RFC 9101).

Rules in prose. It is signed, by a key that the client registered and an algorithm that is on our
list; never ``none``, HMAC or encrypted. Once there is one, only what stands inside it counts
(§6.3): what a browser adds, or somebody who made the browser come, changes nothing. That goes
further than OpenID Connect Core §6.1, which lets the two be mixed. ``client_id`` stands in both and
is the same. ``iss`` is the client, ``aud`` is or holds our issuer, and it is used in its time and,
where it has a ``jti``, once; all of these are checked where they are there, and a ``fapi2`` client
sends them all. It carries no other request (§4), and no ``sub``: with one it might pass as the
client's proof of who it is (§10.8).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from idp.domain import mismatch
from idp.domain.client import SecurityProfile
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.protocol import jose, jwt_mismatch
from idp.protocol.client_authentication import SKEW_SECONDS, STRICT_ASSERTION_ALGS
from idp.protocol.parameters import is_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from idp.domain.client import Client

ALGS: Final = jose.ASYMMETRIC
STRICT_ALGS: Final = STRICT_ASSERTION_ALGS  # FAPI 2.0 §5.4.1
TYPS: Final = (None, "jwt", "oauth-authz-req+jwt")
CONTENT_TYPES: Final = frozenset({"application/oauth-authz-req+jwt", "application/jwt"})
MAX_SECONDS: Final = 60 * 60  # FAPI 2.0 Message Signing §5.3.1, and how long a jti is remembered
_MAX_JTI: Final = 256
_LATEST: Final = 2**53
_TIMES: Final = ("exp", "nbf", "iat")


class RequestObject(Struct, frozen=True):
    """What a client signed: the parameters, and what is to be spent, if it may be used once only.

    ``expires_at`` in epoch seconds is set where ``jti`` is; it was not made before ``made_at``.
    """

    sent: Mapping[str, str]
    jti: str | None
    expires_at: int
    made_at: int = 0


def algorithms(client: Client) -> tuple[str, ...]:
    """Return the algorithms that a client's request objects may be signed by."""
    allowed = STRICT_ALGS if client.security_profile is SecurityProfile.FAPI2 else ALGS
    registered = client.request_object_alg
    return allowed if registered is None else tuple(alg for alg in allowed if alg == registered)


def read(
    token: str,
    client: Client,
    *,
    keys: jose.PublicKeys,
    issuer: str,
    now: int,
    names: Collection[str],
) -> RequestObject:
    """Verify a request object and return its parameters among ``names``; the caller spends ``jti``.

    Raises Refusal: ``REQUEST_OBJECT_REFUSED`` for signature, type or shape, and a cause of its own
    for whose it is, whom it is for, when, and for a request within the request.
    """
    expected = algorithms(client)
    try:
        found = jose.verify(token, keys, algs=expected, typs=TYPS).claims
    except jose.JwtRefused as error:
        raise Refusal(
            Cause.REQUEST_OBJECT_REFUSED, jwt_mismatch.algorithm(token, expected), why=error.reason
        ) from error
    strict = client.security_profile is SecurityProfile.FAPI2
    _check_parties(found, client, issuer, strict=strict)
    if {"request", "request_uri"} & found.keys():
        raise Refusal(Cause.REQUEST_OBJECT_NESTED)
    expires = _check_times(found, now, strict=strict)
    jti = _jti(found, strict=strict)
    if jti is not None and (expires is None or expires > now + MAX_SECONDS + SKEW_SECONDS):
        # A jti has to be remembered for as long as the object lives.
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why="a jti goes with an exp within an hour")
    sent = {name: _text(name, found[name]) for name in names if name in found}
    until = 0 if expires is None else math.ceil(expires) + SKEW_SECONDS
    made = max(0.0, found.get("iat", until - MAX_SECONDS - SKEW_SECONDS))
    present = {name: text for name, text in sent.items() if text}
    return RequestObject(present, jti, until, math.floor(made) - SKEW_SECONDS)


def _check_parties(found: Mapping[str, Any], client: Client, issuer: str, *, strict: bool) -> None:
    own = (client.client_id,)
    if found.get("client_id") != client.client_id:
        raise Refusal(
            Cause.REQUEST_OBJECT_CLIENT,
            mismatch.text("client_id", found.get("client_id"), own, Basis.EXPECTED),
            why="client_id is not the one outside",
        )
    if (strict or "iss" in found) and found.get("iss") != client.client_id:
        raise Refusal(
            Cause.REQUEST_OBJECT_CLIENT,
            mismatch.text("iss", found.get("iss"), own, Basis.EXPECTED),
            why="iss is not the client",
        )
    if "sub" in found:
        raise Refusal(Cause.REQUEST_OBJECT_REFUSED, why="a request object has no sub")
    if strict or "aud" in found:
        audience = found.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        # The string itself, never a prefix of it or a spelling (audience injection).
        if issuer not in named or not all(isinstance(name, str) for name in named):
            raise Refusal(
                Cause.REQUEST_OBJECT_AUDIENCE,
                mismatch.text("aud", audience, (issuer,), Basis.EXPECTED),
            )


def _check_times(found: Mapping[str, Any], now: int, *, strict: bool) -> float | None:
    times = {name: _time(name, found[name]) for name in _TIMES if name in found}
    expires, begins = times.get("exp"), times.get("nbf")
    if strict and (expires is None or begins is None):
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why="exp and nbf are required")
    if expires is not None and expires + SKEW_SECONDS <= now:
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why="expired")
    if max(begins or now, times.get("iat", now)) > now + SKEW_SECONDS:
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why="not yet valid")
    if strict:
        _check_span(expires or 0, begins or 0, now)
    return expires


def _time(name: str, value: object) -> float:
    # A number without end is a whole number to JSON, and none to what reckons with it.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST:
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why=f"{name} is not a number")
    return value


def _check_span(expires: float, begins: float, now: int) -> None:
    """FAPI 2.0 Message Signing §5.3.1: a stolen object is soon worth nothing."""
    if begins < now - MAX_SECONDS or expires - begins > MAX_SECONDS:
        raise Refusal(Cause.REQUEST_OBJECT_TIME, why="nbf is old, or exp is over an hour later")


def _jti(found: Mapping[str, Any], *, strict: bool) -> str | None:
    jti = found.get("jti")
    if jti is None and "jti" not in found and not strict:
        return None
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
        raise Refusal(Cause.REQUEST_OBJECT_REFUSED, why="without a usable jti")
    return jti


def _text(name: str, value: object) -> str:
    """Return a parameter as it would stand in a form (§4: JSON text, numbers, objects)."""
    if name == "claims" and isinstance(value, dict):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    elif name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_plain(value):
        raise Refusal(Cause.REQUEST_OBJECT_REFUSED, why=f"{name} is not plain text")
    return value
