"""Token introspection: what a resource server is told of a token (RFC 7662, RFC 9701).

Rules in prose. Only the resource server that a token is for is told anything; of every other token,
dead, foreign or invented, the answer is ``{"active": false}`` and nothing else, so that nobody
learns of tokens that are not theirs. What is told stands in the token too, and is no more than it
needs: nothing of the sign-in, and the network ID that the asking platform has. On request, or where
the resource server registered an algorithm, the answer is a JWT of its own type, for that resource
server alone (RFC 9701 §5); the members stand inside ``token_introspection`` and not at the top,
where one could pass for a token of another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.protocol.access_token import AccessToken

TYP = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYP}"
INACTIVE: Mapping[str, object] = {"active": False}


def members(token: AccessToken, *, issuer: str) -> dict[str, object]:
    """Return what is told of a live token (RFC 7662 §2.2)."""
    return {
        "active": True,
        "iss": issuer,
        "sub": token.subject,
        "aud": token.audience,
        "client_id": token.client_id,
        "scope": " ".join(token.scope),
        "iat": token.issued_at,
        "exp": token.expires_at,
        "token_type": "Bearer" if token.jkt is None else "DPoP",
        **({} if token.jkt is None else {"cnf": {"jkt": token.jkt}}),
    }


def wants_jwt(accept: str) -> bool:
    """Tell whether an ``Accept`` header asks for the signed answer (RFC 9701 §4), by its name.

    A wildcard does not: whoever takes anything gets the plain answer of RFC 7662.
    """
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if kind == MEDIA_TYPE:
            return not any(p.replace(" ", "") in {"q=0", "q=0.0", "q=0.00"} for p in parameters)
    return False


def claims(
    told: Mapping[str, object], *, issuer: str, resource_server: str, now: int
) -> dict[str, object]:
    """Return the claims of the signed answer (RFC 9701 §5), to be signed with ``TYP``."""
    return {
        "iss": issuer,
        "aud": resource_server,
        "iat": now,
        "token_introspection": dict(told),
    }
