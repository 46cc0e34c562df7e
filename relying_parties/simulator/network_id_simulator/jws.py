"""A JWT with any header and any signature, right or wrong.

joserfc's own front door refuses to make the bad ones, so the parts are joined here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from network_id_simulator import base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = RSAKey | ECKey
NONE: Final = "none"
SECRET: Final = "HS256"


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key) -> str:
    """Return the compact JWT, signed as ``header["alg"]`` says.

    ``none`` leaves the signature empty; ``HS256`` takes the public key's PEM for a shared secret.
    """
    text = f"{_segment(header)}.{_segment(claims)}"
    return f"{text}.{base64url.encode(_signature(str(header['alg']), text.encode(), key))}"


def _signature(alg: str, message: bytes, key: Key) -> bytes:
    if alg == NONE:
        return b""
    if alg == SECRET:
        return hmac.digest(key.as_pem(private=False), message, hashlib.sha256)
    return jws.JWSRegistry.algorithms[alg].sign(message, key)


def _segment(members: Mapping[str, Any]) -> str:
    return base64url.encode(json.dumps(dict(members), separators=(",", ":")).encode())


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a compact JWT, unverified; raises ValueError."""
    try:
        header, claims = (json.loads(base64url.decode(part)) for part in token.split(".")[:2])
    except RecursionError:
        raise ValueError("not a JWT that anybody sends") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("not a JWT")  # noqa: TRY004 - as the readers above say it
    return header, claims


def with_flipped_bit(token: str) -> str:
    """Return it with one bit of the signature flipped."""
    signed, _, signature = token.rpartition(".")
    raw = bytearray(base64url.decode(signature))
    raw[len(raw) // 2] ^= 1
    return f"{signed}.{base64url.encode(bytes(raw))}"


def without_signature(token: str) -> str:
    """Return it with an empty signature."""
    return token.rpartition(".")[0] + "."


def with_other_claims(token: str, claims: Mapping[str, Any]) -> str:
    """Return it with other claims under the same signature, which fits them no more."""
    header, _, signature = token.split(".")
    return f"{header}.{_segment(claims)}.{signature}"
