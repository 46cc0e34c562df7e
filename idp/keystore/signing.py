"""Signing keys: RS256, PS256, ES256 (RFC 7518 §3.3 to §3.5) and Ed25519 (RFC 9864, RFC 8037).

Parsed once, named by thumbprint. An RSA key serves one algorithm: it is for RS256 or for PS256.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from idp.domain.signing_key import ALGORITHMS, Algorithm
from idp.keystore.public_keys import public_jwk

RSA_BITS: Final = 2048
_RSA_EXPONENT: Final = 65537
_CURVE: Final = ec.SECP256R1()
_COORDINATE_BYTES: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DERIVED_BYTES: Final = 48
_PKCS1: Final = padding.PKCS1v15()
_PSS: Final = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
_SHA256: Final = SHA256()
_ECDSA: Final = ec.ECDSA(SHA256())

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class _Local:
    """What all signers share whose key is here."""

    async def ready(self) -> bool:
        """Return True: it waits for nothing."""
        return True


class _RsaSigner(_Local):
    """What both algorithms of RSA share."""

    alg: Algorithm

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        if key.key_size < RSA_BITS:
            raise ValueError(f"{self.alg} needs {RSA_BITS} bits or more (RFC 7518 §3.3, §3.5)")
        self._key = key
        self.public_jwk = public_jwk(self.alg, key.public_key())
        self.kid = self.public_jwk["kid"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kid={self.kid!r})"


class Rs256Signer(_RsaSigner):
    """Signs by RSASSA-PKCS1-v1_5 with SHA-256."""

    alg = "RS256"

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the signature, as long as the modulus (256 bytes for 2048 bits)."""
        return self._key.sign(signing_input, _PKCS1, _SHA256)


class Ps256Signer(_RsaSigner):
    """Signs by RSASSA-PSS with SHA-256, and a salt as long as that."""

    alg = "PS256"

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the signature, as long as the modulus (256 bytes for 2048 bits)."""
        return self._key.sign(signing_input, _PSS, _SHA256)


class Es256Signer(_Local):
    """Signs by ECDSA on P-256 with SHA-256."""

    alg: Algorithm = "ES256"

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        if key.curve.name != _CURVE.name:
            raise ValueError("ES256 is ECDSA on P-256 (RFC 7518 §3.4)")
        self._key = key
        self.public_jwk = public_jwk(self.alg, key.public_key())
        self.kid = self.public_jwk["kid"]

    def __repr__(self) -> str:
        return f"Es256Signer(kid={self.kid!r})"

    async def sign(self, signing_input: bytes) -> bytes:
        """Return r || s, 64 bytes; the library's own DER form is not what JWS wants."""
        r, s = decode_dss_signature(self._key.sign(signing_input, _ECDSA))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


class Ed25519Signer(_Local):
    """Signs by EdDSA on Curve25519."""

    alg: Algorithm = "Ed25519"

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key
        self.public_jwk = public_jwk(self.alg, key.public_key())
        self.kid = self.public_jwk["kid"]

    def __repr__(self) -> str:
        return f"Ed25519Signer(kid={self.kid!r})"

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(signing_input)


LocalSigner = Rs256Signer | Ps256Signer | Es256Signer | Ed25519Signer


def algorithm(name: str) -> Algorithm:
    """Return the algorithm of this name; raises ValueError for one that we do not sign with."""
    for known in ALGORITHMS:
        if known == name:
            return known
    raise ValueError(f"keys are for {', '.join(ALGORITHMS)}")


def generate(alg: Algorithm) -> PrivateKey:
    """Make a private key for `alg`; the operating system's generator is its source.

    Some 100 ms for RSA, now and then half a second.
    """
    if alg == "ES256":
        return ec.generate_private_key(_CURVE)
    if alg == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(_RSA_EXPONENT, RSA_BITS)


def signer_for(alg: Algorithm, key: object) -> LocalSigner:
    """Make the signer of `alg`; raise ValueError when `key` is not a key of that algorithm."""
    if isinstance(key, rsa.RSAPrivateKey) and alg in {"RS256", "PS256"}:
        return Rs256Signer(key) if alg == "RS256" else Ps256Signer(key)
    if alg == "ES256" and isinstance(key, ec.EllipticCurvePrivateKey):
        return Es256Signer(key)
    if alg == "Ed25519" and isinstance(key, ed25519.Ed25519PrivateKey):
        return Ed25519Signer(key)
    # An RSA key offered as ES256, or the reverse, would sign under a lie in `alg`.
    raise ValueError(f"this is not a key for {alg}")


def derive_signer(secret: bytes, purpose: bytes) -> Es256Signer:
    """Return the one key that ``secret`` gives for ``purpose``: HKDF-SHA-256 (RFC 5869).

    128 bits more than the order of the curve leave no bias (FIPS 186-5, A.2.1).
    """
    drawn = HKDF(SHA256(), length=_DERIVED_BYTES, salt=None, info=purpose).derive(secret)
    scalar = int.from_bytes(drawn, "big") % (_ORDER - 1) + 1
    return Es256Signer(ec.derive_private_key(scalar, _CURVE))


def to_der(key: PrivateKey) -> bytes:
    """Return the private key as PKCS #8 DER in clear: wrap it before it goes anywhere."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_der(alg: Algorithm, der: bytes) -> LocalSigner:
    """Parse what `to_der` gave. Slow for RSA (some 30 ms): do it once. Raises ValueError."""
    return signer_for(alg, load_der_private_key(der, password=None))
