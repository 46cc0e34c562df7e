"""The ID token (OpenID Connect Core §2): built for a client, and read back as a hint.

``sid`` appears only for clients that registered a back-channel logout URI, ``auth_time`` only when
it was asked for: each would otherwise be one more value to join people by (promise P2).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain import base64url
from idp.domain.grant import ID_TOKEN_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.domain.signing_key import ALGORITHMS
from idp.protocol import jose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.grant import Grant

TYP = "JWT"


class Hint(Struct, frozen=True):
    """What an ID token of ours says that came back to us: whose it is, at which client."""

    client_id: str
    sub: str


def claims(
    grant: Grant, *, issuer: str, now: int, access_token: str, alg: str
) -> dict[str, object]:
    """Return the claims of the ID token for ``grant``, issued at ``now`` (epoch seconds).

    ``alg`` is what it will be signed by: the hash of the access token follows from it.
    """
    facts = grant.facts
    optional = (
        ("nonce", facts.nonce),
        ("auth_time", facts.auth_time),
        ("amr", list(facts.amr) or None),
        ("sid", facts.sid),
        ("at_hash", at_hash(access_token, alg)),
    )
    members: dict[str, object] = {
        "iss": issuer,
        "sub": grant.network_id,
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_SECONDS,
        "acr": facts.acr,
    }
    members |= [(name, value) for name, value in optional if value is not None]
    if facts.id_token_claims:
        answers = facts.answers
        members |= {name: answers[name] for name in facts.id_token_claims}
    return members


def at_hash(access_token: str, alg: str) -> str | None:
    """Return the left half of the token's SHA-256 (§3.1.3.6), None for an ``alg`` without one.

    Ed25519 hashes by SHA-512 inside, which its name does not say: libraries take one, the other or
    neither, and refuse what differs. In the code flow the claim is optional.
    """
    if not alg.endswith("256"):
        return None
    return base64url.encode(hashlib.sha256(access_token.encode("ascii")).digest()[:16])


def hinted_sub(hint: str, *, keys: jose.PublicKeys, issuer: str, client: Client) -> str:
    """Return the network ID in an ``id_token_hint`` (§3.1.2.1); an expired one still hints.

    Raises Refusal ``ID_TOKEN_HINT_INVALID`` unless we signed it for this very client.
    """
    try:
        found = hinted(hint, keys=keys, issuer=issuer)
    except jose.JwtRefused as error:
        raise Refusal(Cause.ID_TOKEN_HINT_INVALID, problem=error.reason) from error
    if found.client_id != client.client_id:
        raise Refusal(Cause.ID_TOKEN_HINT_INVALID, problem="of another issuer or client")
    return found.sub


def hinted(hint: str, *, keys: jose.PublicKeys, issuer: str) -> Hint:
    """Return what an ID token says that ``issuer`` signed, for whomever and however long ago.

    Raises jose.JwtRefused for anything else. It hints at somebody and proves nobody's presence.
    """
    verified = jose.verify(hint, keys, algs=ALGORITHMS, typs=(TYP.lower(),))
    found: Mapping[str, object] = verified.claims
    # A signed UserInfo answer has the same issuer and audience and no exp, a logout token no sub.
    if "exp" not in found or not isinstance(found.get("sub"), str) or not found["sub"]:
        raise jose.JwtRefused("not an ID token")
    if found.get("iss") != issuer or not isinstance(found.get("aud"), str):
        raise jose.JwtRefused("of another issuer or client")
    return Hint(str(found["aud"]), str(found["sub"]))
