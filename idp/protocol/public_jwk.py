"""What a public key in JWK form has to be (RFC 7517, RFC 7518 §6), before anybody parses it.

Rules in prose. A set of keys holds public asymmetric ones only. An RSA key is neither too weak
(RFC 7518 §3.3) nor so long that it costs whoever verifies. The key of a self-signed JWT is of its
algorithm, whole, in its one spelling, and for nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from idp.domain import base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 4096  # a longer one costs whoever verifies, not whoever sends
MAX_RSA_EXPONENT: Final = 2**32
KEY_OF_ALG: Final = {
    "ES256": ("EC", "P-256"),
    "Ed25519": ("OKP", "Ed25519"),
    "PS256": ("RSA", None),
}
"""The kinds of key that may stand in the JWT which they signed, by algorithm: type and curve."""
_KEY_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_COORDINATE_BYTES: Final = 32


def check_keys(jwks: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return the keys of a set (RFC 7517 §5); raises ValueError unless each may be verified by."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        raise ValueError("no keys")
    for key in keys:
        if not isinstance(key, dict) or not _PRIVATE_MEMBERS.isdisjoint(key):
            raise ValueError("a JWKS of a client holds public asymmetric keys only")
        if key.get("kty") == "RSA":
            _check_rsa(key)
    return keys


def _check_rsa(key: Mapping[str, object]) -> None:
    """Refuse what is too weak (RFC 7518 §3.3), and what costs us much to verify with by design."""
    bits = _number(key.get("n")).bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS or _number(key.get("e")) >= MAX_RSA_EXPONENT:
        raise ValueError("an RSA key has 2048 to 4096 bits, and a small exponent")


def _number(member: object) -> int:
    try:
        return int.from_bytes(base64url.decode(str(member)), "big")
    except ValueError:
        return 0


def own_key(jwk: object, alg: str) -> dict[str, str]:
    """Return the members that make a self-signed JWT's key (RFC 7638 §3.2).

    Raises ValueError unless they are fit to be one.
    """
    kind, curve = KEY_OF_ALG[alg]
    if not isinstance(jwk, dict) or jwk.get("kty") != kind or jwk.get("crv") != curve:
        raise ValueError("the header has no jwk for its algorithm")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise ValueError("the jwk is a private key")  # RFC 9449 §4.3: whoever sent it lost it
    if jwk.get("alg", alg) != alg or jwk.get("use", "sig") != "sig":
        raise ValueError("the jwk is for something else")
    key = {name: jwk.get(name) for name in _KEY_MEMBERS[kind]}
    if not all(isinstance(value, str) for value in key.values()):
        raise ValueError("the jwk lacks a member")
    numbers = {name: str(value) for name, value in key.items() if name not in {"crv", "kty"}}
    try:
        sizes = {name: base64url.decode(number) for name, number in numbers.items()}
    except ValueError as error:
        raise ValueError("the jwk cannot be read") from error
    if not (_fit_rsa(sizes) if kind == "RSA" else _fit_curve(sizes)):
        raise ValueError("the jwk is too weak, too long, or spelled otherwise than it should be")
    return {name: str(value) for name, value in key.items()}


def _fit_rsa(numbers: Mapping[str, bytes]) -> bool:
    modulus, exponent = (int.from_bytes(numbers[name], "big") for name in ("n", "e"))
    spelled = all(number[:1] != b"\0" for number in numbers.values())
    fit = MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS
    return spelled and fit and exponent % 2 == 1 and 1 < exponent < MAX_RSA_EXPONENT


def _fit_curve(coordinates: Mapping[str, bytes]) -> bool:
    return all(len(number) == _COORDINATE_BYTES for number in coordinates.values())
