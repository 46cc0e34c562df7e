"""Software statements (RFC 7591 §2.3): what somebody we trust says of a client, signed.

Rules in prose. The issuer's keys are an operator's configuration, never found by the statement. The
type is explicit (RFC 8725 §3.11), since the same keys may sign ID tokens; the audience is us alone;
it expires. What the statement says takes precedence over what the client says, and a name that it
gives is given in no other language by the client. A statement may be used for many clients, so one
that names a ``platform`` names the redirect URIs too: otherwise whoever holds a copy would enter
that platform's sector with an address of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from idp.protocol import jose
from idp.protocol.client_metadata import LOCALIZABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

TYP: Final = "software-statement+jwt"
_ABOUT_ITSELF: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_SKEW_SECONDS: Final = 10
_KEYS: Final = frozenset({"jwks", "jwks_uri"})


class StatementRefused(ValueError):
    """A statement is not acceptable; ``unapproved`` when we do not know who issued it."""

    def __init__(self, reason: str, *, unapproved: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unapproved = unapproved


class Statement(Struct, frozen=True):
    """An accepted statement: who made it, and the metadata that it says."""

    issuer: str
    members: Mapping[str, Any]


def read(
    token: object, issuers: Mapping[str, jose.PublicKeys], *, audience: str, now: int
) -> Statement:
    """Return what a statement says; raises StatementRefused. ``now`` in epoch seconds."""
    if not isinstance(token, str):
        raise StatementRefused("not a JWT")
    try:
        issuer = jose.unverified_claims(token).get("iss")
        keys = issuers.get(issuer) if isinstance(issuer, str) else None
        if not isinstance(issuer, str) or keys is None:
            raise StatementRefused("the issuer is not one that is trusted here", unapproved=True)
        claims = jose.verify(token, keys, algs=jose.ASYMMETRIC, typs=(TYP,)).claims
    except jose.JwtRefused as error:
        raise StatementRefused(error.reason) from error
    if claims.get("aud") != audience:
        raise StatementRefused("aud is not this issuer, as a single string")
    _check_times(claims, now)
    members = {name: value for name, value in claims.items() if name not in _ABOUT_ITSELF}
    if members.get("platform") is not None and not members.get("redirect_uris"):
        raise StatementRefused("platform is named without redirect_uris")
    return Statement(issuer, members)


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    for name in ("exp", "nbf", "iat"):
        time = claims.get(name)
        if time is not None and (isinstance(time, bool) or not isinstance(time, int)):
            raise StatementRefused("a time is not a whole number")
    if claims.get("exp", 0) <= now:
        raise StatementRefused("expired, or without exp")
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + _SKEW_SECONDS:
        raise StatementRefused("not yet valid")


def merged(document: Mapping[str, Any], statement: Statement) -> dict[str, Any]:
    """Return a client's own document with what ``statement`` says in its place."""
    stated = {name.partition("#")[0] for name in statement.members}
    covered = stated & set(LOCALIZABLE)
    if stated & _KEYS:  # a key of the client's own beside the stated ones would be as good as they
        covered |= _KEYS
    kept = {n: value for n, value in document.items() if n.partition("#")[0] not in covered}
    return kept | dict(statement.members)
