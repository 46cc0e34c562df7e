"""The access token: a JWT by RFC 9068, for one audience, bound to its grant.

The ``jti`` of a person's token holds the grant's random handle and a random part of its own: the
grant is found by it in one read, and so a revocation is honoured at once. Both are new at every
login at every client and say nothing across platforms (promise P2). A program's own token (client
credentials) has no grant and no handle; its ``sub`` is the client (RFC 9068 §2.2), which never has
a network ID's form, so that no API takes the one for the other (RFC 9068 §5). ``cnf`` names the key
that a sender has to prove, if the token is bound to one (RFC 9449 §6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain import base64url
from idp.domain.clock import NODE_SKEW_SECONDS
from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.protocol import jose
from idp.protocol.parameters import words

if TYPE_CHECKING:
    from collections.abc import Mapping

TYP = "at+jwt"
HANDLE_BYTES = 16


class NewToken(Struct, frozen=True, kw_only=True):
    """What an access token is to say.

    ``subject`` is the network ID, or the client where ``grant_id`` is None. ``now`` is in epoch
    seconds; ``unique`` are random bytes for the ``jti``. ``jkt`` is the thumbprint of the key that
    the token is bound to, None for a bearer token.
    """

    issuer: str
    audience: str
    client_id: str
    subject: str
    grant_id: bytes | None
    scope: tuple[str, ...]
    now: int
    unique: bytes
    jkt: str | None = None


class AccessToken(Struct, frozen=True):
    """What a verified, unexpired access token says; times in epoch seconds.

    ``grant_id`` is None for a program's own. Whether it was revoked is not known yet. ``jkt`` is
    the key that it is bound to, which nobody has proved yet.
    """

    audience: str
    client_id: str
    subject: str
    scope: tuple[str, ...]
    issued_at: int
    expires_at: int
    jti: str
    grant_id: bytes | None
    jkt: str | None = None


def claims(token: NewToken) -> dict[str, object]:
    """Return the claims (RFC 9068 §2.2)."""
    unique = base64url.encode(token.unique)
    handle = "" if token.grant_id is None else base64url.encode(token.grant_id) + "."
    return {
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.audience,
        "client_id": token.client_id,
        "scope": " ".join(token.scope),
        "iat": token.now,
        "exp": token.now + ACCESS_TOKEN_SECONDS,
        "jti": f"{handle}{unique}",
        **({} if token.jkt is None else {"cnf": {"jkt": token.jkt}}),
    }


def read(
    token: str, *, keys: jose.PublicKeys, issuer: str, audience: str, scope: str, now: int
) -> AccessToken:
    """Return what ``token`` says when it is ours, alive and good for ``scope`` at ``audience``.

    Raises Refusal ``TOKEN_INVALID``, ``TOKEN_EXPIRED`` or ``TOKEN_SCOPE``.
    """
    found = read_any(token, keys=keys, issuer=issuer, now=now)
    # RFC 9068 §4: for us and nobody else, or whoever received it at an API could use it here.
    if found.audience != audience:
        raise Refusal(Cause.TOKEN_INVALID, problem="of another audience")
    if scope not in found.scope:
        raise Refusal(Cause.TOKEN_SCOPE)
    return found


def read_any(token: str, *, keys: jose.PublicKeys, issuer: str, now: int) -> AccessToken:
    """Return what ``token`` says when it is ours and alive, for whichever audience (RFC 9068 §4).

    The caller judges ``audience``. Raises Refusal ``TOKEN_INVALID`` or ``TOKEN_EXPIRED``.
    """
    try:
        found = jose.verify(token, keys, algs=("ES256",), typs=(TYP,)).claims
    except jose.JwtRefused as error:
        raise Refusal(Cause.TOKEN_INVALID, problem=error.reason) from error
    # RFC 9068 §4: exactly ours, or another provider's token would do.
    if found.get("iss") != issuer:
        raise Refusal(Cause.TOKEN_INVALID, problem="of another issuer")
    expires, issued = found.get("exp"), found.get("iat")
    if type(expires) is not int or type(issued) is not int or now >= expires:
        raise Refusal(Cause.TOKEN_EXPIRED)
    # None that we sign: it would outlive the key that is removed once our tokens have died.
    if issued > now + NODE_SKEW_SECONDS or expires > issued + ACCESS_TOKEN_SECONDS:
        raise Refusal(Cause.TOKEN_INVALID, problem="lives longer than ours")
    return AccessToken(
        audience=_text(found, "aud"),
        client_id=_text(found, "client_id"),
        subject=_text(found, "sub"),
        scope=words(str(found.get("scope") or "")),
        issued_at=issued,
        expires_at=expires,
        jti=_text(found, "jti"),
        grant_id=_handle(_text(found, "jti")),
        jkt=_jkt(found),
    )


def _jkt(found: Mapping[str, object]) -> str | None:
    """Return the key that the token is bound to; a binding that we do not know is not ignored."""
    if "cnf" not in found:
        return None
    confirmation = found["cnf"]
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(jkt, str) or confirmation != {"jkt": jkt}:
        raise Refusal(Cause.TOKEN_INVALID, problem="bound otherwise than we bind")
    return jkt


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise Refusal(Cause.TOKEN_INVALID, problem=name)
    return value


def _handle(jti: str) -> bytes | None:
    part, dot, _ = jti.partition(".")
    if not dot:
        return None
    try:
        handle = base64url.decode(part)
    except ValueError as error:
        raise Refusal(Cause.TOKEN_INVALID, problem="jti") from error
    if len(handle) != HANDLE_BYTES:
        raise Refusal(Cause.TOKEN_INVALID, problem="jti")
    return handle
