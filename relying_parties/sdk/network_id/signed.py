"""What every token of the provider has in common: one signed JWT of one kind, by a published key.

An algorithm that is registered; a type that says which kind of token it is; the key that the
provider publishes for exactly this kid and algorithm; the signature. Only then is anything read in
it. What the claims must say is each kind's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from network_id.compact import EXPECTED, read_header
from network_id.errors import (
    AlgorithmRefusedError,
    KeyUnknownError,
    SignatureInvalidError,
    TokenMalformedError,
    TokenTypeError,
    shown,
)

if TYPE_CHECKING:
    from network_id.keys import Key


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token whose header fits. Nothing vouches for it before `verified`."""

    text: str
    header: dict[str, Any]
    alg: str
    kid: str


def unverified(token: object, algorithms: frozenset[str], typ: str) -> Unverified:
    """Return the token, of the type ``typ`` and signed by one of ``algorithms``.

    The type is compared without regard to case, and is ``JWT`` where none is named. Raises
    TokenMalformedError, AlgorithmRefusedError, TokenTypeError, KeyUnknownError.
    """
    text, header = read_header(token)
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in algorithms:
        raise AlgorithmRefusedError(expected=" or ".join(sorted(algorithms)), came=shown(alg))
    if not isinstance(kind, str) or kind.lower() != typ.lower():
        # RFC 8725 §3.11: one key signs access, logout and ID tokens; none passes for another.
        raise TokenTypeError(expected=f"typ {typ}", came=shown(kind))
    if not isinstance(kid, str):
        raise KeyUnknownError(expected="a kid", came=shown(kid))
    return Unverified(text, header, alg, kid)


def verified(token: Unverified, key: Key) -> dict[str, Any]:
    """Return the claims that the holder of ``key`` has signed.

    Raises SignatureInvalidError, TokenMalformedError.
    """
    try:
        return jwt.decode(token.text, key, algorithms=[token.alg]).claims
    except BadSignatureError:
        raise SignatureInvalidError(
            expected="the signature of the named key", came="another"
        ) from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise TokenMalformedError(expected=EXPECTED, came=shown(type(error).__name__)) from None
