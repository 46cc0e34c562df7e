"""The ID token (OpenID Connect Core 1.0 §2): right, or wrong in each way of the table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from network_id_simulator import base64url, draft, jws, network_ids, personas
from network_id_simulator.authorization_response import other_than
from network_id_simulator.discovery import ACR, ASSURANCE, OTHER_ISSUER
from network_id_simulator.draft import OTHER_CLIENT, TEN_MINUTES, Draft, drop, put
from network_id_simulator.grants import ID_TOKEN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from network_id_simulator.call import Call
    from network_id_simulator.clients import Client
    from network_id_simulator.grants import Grant
    from network_id_simulator.simulator import Simulator


def claims(simulator: Simulator, grant: Grant, access_token: str) -> dict[str, Any]:
    """Return the claims of the right ID token for ``grant``, issued now."""
    now = simulator.now()
    optional = {
        "nonce": grant.nonce,
        "auth_time": grant.auth_time,
        "sid": grant.sid,
        "at_hash": at_hash(access_token),
    }
    members: dict[str, Any] = {
        "iss": simulator.issuer,
        "sub": grant.network_id,
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_SECONDS,
        "acr": ACR,
    }
    members |= {name: value for name, value in optional.items() if value is not None}
    return members | answers(simulator, grant, "id_token")


def answers(simulator: Simulator, grant: Grant, place: str) -> dict[str, Any]:
    """Return the claims that were asked for in ``place``: ``id_token`` or ``userinfo``."""
    known: dict[str, Any] = {
        **personas.find(grant.persona).ages(simulator.now()),
        ASSURANCE: "none",  # a persona has proved nothing
    }
    asked = set(grant.claims.get(place, ()))
    if place == "userinfo" and "age" in grant.scope:
        asked |= set(personas.AGE_CLAIMS)
    return {name: known[name] for name in sorted(asked & set(known))}


def at_hash(access_token: str) -> str:
    """Return the left half of the token's SHA-256 (§3.1.3.6)."""
    return base64url.encode(hashlib.sha256(access_token.encode("ascii")).digest()[:16])


def make(call: Call, client: Client, grant: Grant, access_token: str) -> str | None:
    """Return the ID token with every fault that is on; None when it is to be missing."""
    simulator = call.simulator
    if call.fault("id-token-missing"):
        return None
    if call.fault("id-token-garbage"):
        return "this-is-no-token"
    if call.fault("id-token-access-token"):
        return access_token
    alg = simulator.config.algorithm_of(client)
    _rotate(call, alg)
    token = draft.new(simulator.keys, alg, "JWT", claims(simulator, grant, access_token))
    token.others_id = simulator.network_id(grant.client_id, other_than(grant.persona))
    draft.apply(call, token, CLAIMS)
    _apply_keys(call, token)
    draft.apply(call, token, ALGORITHMS)
    signed = token.sign()
    if call.fault("payload-altered"):
        signed = jws.with_other_claims(signed, {**token.claims, "sub": token.others_id})
    return draft.apply_after(call, signed, SIGNATURES)


def _rotate(call: Call, alg: str) -> None:
    if call.fault("keys-rotated"):
        call.simulator.keys.rotate(alg)
    if call.fault("keys-unfamiliar"):
        call.simulator.keys.rotate_at_once(alg)


def _apply_keys(call: Call, token: Draft) -> None:
    """Sign by a key that is none of the published ones, or not any more."""
    keys = call.simulator.keys
    if call.fault("keys-reused-kid"):
        token.key = keys.reuse_name(token.alg)
    if call.fault("keys-removed"):
        token.key = keys.withdraw(token.alg)
    if call.fault("keys-unpublished"):
        token.key = keys.stray(token.alg)
        token.header["kid"] = token.key.kid
    if call.fault("signature-other-key"):
        token.key = keys.stray(token.alg)
    if call.fault("alg-unregistered"):
        token.key = keys.current("RS256")
        token.header |= {"alg": "RS512", "kid": token.key.kid}
    if call.fault("kid-other-type"):
        other = "ES256" if token.alg == "RS256" else "RS256"
        token.header["kid"] = keys.current(other).kid


def _slash(token: Draft) -> None:
    issuer = token.claims["iss"]
    token.claims["iss"] = issuer[:-1] if issuer.endswith("/") else f"{issuer}/"


def _ages_as_text(token: Draft) -> None:
    for name in personas.AGE_CLAIMS:
        if name in token.claims:
            token.claims[name] = "false"


def _both_audiences(token: Draft) -> None:
    token.claims["aud"] = [token.claims["aud"], OTHER_CLIENT]


def _audience_as_list(token: Draft) -> None:
    token.claims["aud"] = [token.claims["aud"]]


def _not_yet(token: Draft) -> None:
    token.claims["nbf"] = token.claims["iat"] + TEN_MINUTES
    token.claims["exp"] += TEN_MINUTES


def _mistyped(token: Draft) -> None:
    token.claims["sub"] = network_ids.mistyped(token.claims["sub"])


CLAIMS: Final[dict[str, Callable[[Draft], None]]] = {
    "iss": put(iss=OTHER_ISSUER),
    "iss-slash": _slash,
    "iss-missing": drop("iss"),
    "aud-other": put(aud=OTHER_CLIENT),
    "aud-others": _both_audiences,
    "aud-missing": drop("aud"),
    "aud-array": _audience_as_list,
    "azp": put(azp=OTHER_CLIENT),
    "nonce": put(nonce="the-nonce-of-another-sign-in"),
    "nonce-missing": drop("nonce"),
    "exp": draft.expired,
    "exp-missing": drop("exp"),
    "nbf": _not_yet,
    "iat": draft.issued_ahead,
    "sub-missing": drop("sub"),
    "sub-empty": put(sub=""),
    "sub-malformed": _mistyped,
    "at-hash": put(at_hash=at_hash("of-another-access-token")),
    "age-text": _ages_as_text,
    "extra-claims": put(x_future={"a": [1, None]}, ferry="of a standard to come"),
}


def _no_kid(token: Draft) -> None:
    del token.header["kid"]


def _public_key_as_secret(token: Draft) -> None:
    token.header["alg"] = jws.SECRET


def _unknown_kid(token: Draft) -> None:
    token.header["kid"] = "a-key-that-was-never-published"


ALGORITHMS: Final[dict[str, Callable[[Draft], None]]] = {
    "kid-unknown": _unknown_kid,
    "kid-missing": _no_kid,
    "alg-hs256": _public_key_as_secret,
    "alg-none": draft.without_algorithm,
}
SIGNATURES: Final[dict[str, Callable[[str], str]]] = {
    "signature": jws.with_flipped_bit,
    "signature-missing": jws.without_signature,
}
