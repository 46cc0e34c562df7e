"""Proofs of possession (RFC 9449): tokens that are bound to a key of the platform's.

As at the provider: one proof in one header, made for this request and this moment, and good once.
The simulator demands no nonce of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from network_id_simulator import base64url, jws
from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from network_id_simulator.call import Call

HEADER: Final = "dpop"
TYP: Final = "dpop+jwt"
SCHEME: Final = "DPoP"
MAX_AGE: Final = 60
SKEW: Final = 10
_KEYS: Final[dict[str, type[ECKey | OKPKey | RSAKey]]] = {
    "ES256": ECKey,
    "PS256": RSAKey,
    "Ed25519": OKPKey,
}
_PRIVATE: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi"})


def read(call: Call, token: str | None = None) -> str | None:
    """Return the thumbprint of the key that the request proves; None without a proof.

    ``token`` is the access token that comes with it. Raises Refused.
    """
    proofs = call.request.headers.getlist(HEADER)
    if not proofs:
        return None
    if len(proofs) > 1:
        raise Refused("dpop_proof_repeated")
    key, claims = _verified(proofs[0].strip())
    expected = {"htm": call.request.method, "htu": _address(call)}
    if token is not None:
        expected["ath"] = base64url.encode(hashlib.sha256(token.encode()).digest())
    for name, value in expected.items():
        if claims.get(name) != value:
            raise Refused(
                "dpop_proof_refused", problem=f"{name} is {claims.get(name)}, not {value}"
            )
    _check_time(call, claims)
    return str(key.thumbprint())


def _address(call: Call) -> str:
    return f"{call.simulator.issuer}{call.request.url.path}"


def _verified(proof: str) -> tuple[ECKey | OKPKey | RSAKey, dict[str, Any]]:
    """Return the key of a proof that holds, and what it says."""
    try:
        header, _ = jws.read(proof)
        alg, jwk = header.get("alg"), header.get("jwk")
        if header.get("typ") != TYP or alg not in _KEYS or not isinstance(jwk, dict):
            raise Refused("dpop_proof_refused", problem=f"typ, alg or jwk of its header: {header}")
        if _PRIVATE & jwk.keys():
            raise Refused("dpop_proof_refused", problem="its jwk is a private key")
        key = _KEYS[alg].import_key(jwk)
        return key, dict(jwt.decode(proof, key, algorithms=[alg]).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refused("dpop_proof_refused", problem=type(error).__name__) from None


def _check_time(call: Call, claims: dict[str, Any]) -> None:
    made, jti, now = claims.get("iat"), claims.get("jti"), call.simulator.now()
    if not isinstance(made, int | float) or not now - MAX_AGE <= made <= now + SKEW:
        raise Refused("dpop_proof_refused", problem="iat is over a minute away, or missing")
    if not isinstance(jti, str) or not jti:
        raise Refused("dpop_proof_refused", problem="it has no jti")
    used = call.simulator.store.assertions
    if f"{SCHEME} {jti}" in used:
        raise Refused("dpop_proof_replayed")
    used[f"{SCHEME} {jti}"] = int(made)
