"""The access token: a JWT by RFC 9068, bound to its grant.

The ``jti`` holds the grant's random handle and a random part of its own: ``/userinfo`` finds the
grant by it in one read and so honours a revocation at once. Both are new at every login at every
client and say nothing across platforms (promise P2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.domain import base64url
from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OPENID
from idp.protocol import jose
from idp.protocol.parameters import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.grant import Grant

TYP = "at+jwt"
HANDLE_BYTES = 16


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a verified access token says."""

    grant_id: bytes
    client_id: str
    network_id: str


def claims(grant: Grant, *, issuer: str, now: int, unique: bytes) -> dict[str, object]:
    """Return the claims (RFC 9068 §2.2); ``unique`` are random bytes for the ``jti``."""
    return {
        "iss": issuer,
        "sub": grant.network_id,
        "aud": issuer,
        "client_id": grant.client_id,
        "scope": " ".join(grant.facts.scope),
        "iat": now,
        "exp": now + ACCESS_TOKEN_SECONDS,
        "jti": f"{base64url.encode(grant.grant_id)}.{base64url.encode(unique)}",
    }


def read(token: str, *, keys: jose.PublicKeys, issuer: str, now: int) -> AccessToken:
    """Return what ``token`` says when it is ours and alive (RFC 9068 §4).

    Raises Refusal ``TOKEN_INVALID``, ``TOKEN_EXPIRED`` or ``TOKEN_SCOPE``.
    """
    try:
        found = jose.verify(token, keys, algs=("ES256",), typs=(TYP,)).claims
    except jose.JwtRefused as error:
        raise Refusal(Cause.TOKEN_INVALID, problem=error.reason) from error
    # RFC 9068 §4: issuer and audience exactly ours, or another provider's token would do.
    if found.get("iss") != issuer or found.get("aud") != issuer:
        raise Refusal(Cause.TOKEN_INVALID, problem="of another issuer or audience")
    expires = found.get("exp")
    if not isinstance(expires, int) or now >= expires:
        raise Refusal(Cause.TOKEN_EXPIRED)
    if SCOPE_OPENID not in words(str(found.get("scope", ""))):
        raise Refusal(Cause.TOKEN_SCOPE)
    return AccessToken(_handle(found), str(found.get("client_id")), str(found.get("sub")))


def _handle(found: Mapping[str, object]) -> bytes:
    part = str(found.get("jti", "")).partition(".")[0]
    try:
        handle = base64url.decode(part)
    except ValueError as error:
        raise Refusal(Cause.TOKEN_INVALID, problem="jti") from error
    if len(handle) != HANDLE_BYTES:
        raise Refusal(Cause.TOKEN_INVALID, problem="jti")
    return handle
