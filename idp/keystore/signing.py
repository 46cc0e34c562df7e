"""Signing keys: RS256 and ES256 (RFC 7518 §3.3 and §3.4), parsed once, named by thumbprint."""

from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from idp.keystore.public_keys import public_jwk

Algorithm = Literal["RS256", "ES256"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("RS256", "ES256")
REQUIRED: Final[tuple[Algorithm, ...]] = ("RS256", "ES256")
"""Those that every instance has had a key for from its first day."""

RSA_BITS: Final = 2048
_RSA_EXPONENT: Final = 65537
_CURVE: Final = ec.SECP256R1()
_COORDINATE_BYTES: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DERIVED_BYTES: Final = 48
_PKCS1: Final = padding.PKCS1v15()
_SHA256: Final = SHA256()
_ECDSA: Final = ec.ECDSA(SHA256())

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Rs256Signer:
    """Signs by RSASSA-PKCS1-v1_5 with SHA-256."""

    alg: Algorithm = "RS256"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        if key.key_size < RSA_BITS:
            raise ValueError(f"RS256 needs {RSA_BITS} bits or more (RFC 7518 §3.3)")
        self._key = key
        self.public_jwk = public_jwk(self.alg, key.public_key())
        self.kid = self.public_jwk["kid"]

    def __repr__(self) -> str:
        return f"Rs256Signer(kid={self.kid!r})"

    async def ready(self) -> bool:
        """Return True: it waits for nothing."""
        return True

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the signature, as long as the modulus (256 bytes for 2048 bits)."""
        return self._key.sign(signing_input, _PKCS1, _SHA256)


class Es256Signer:
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

    async def ready(self) -> bool:
        """Return True: it waits for nothing."""
        return True

    async def sign(self, signing_input: bytes) -> bytes:
        """Return r || s, 64 bytes; the library's own DER form is not what JWS wants."""
        r, s = decode_dss_signature(self._key.sign(signing_input, _ECDSA))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def algorithm(name: str) -> Algorithm:
    """Return the algorithm of this name; raises ValueError for one that we do not sign with."""
    for known in ALGORITHMS:
        if known == name:
            return known
    raise ValueError(f"keys are for {' or '.join(ALGORITHMS)}")


def generate(alg: Algorithm) -> PrivateKey:
    """Make a private key for `alg`; the operating system's generator is its source."""
    if alg == "ES256":
        return ec.generate_private_key(_CURVE)
    return rsa.generate_private_key(_RSA_EXPONENT, RSA_BITS)


def signer_for(alg: Algorithm, key: object) -> Rs256Signer | Es256Signer:
    """Make the signer of `alg`; raise ValueError when `key` is not a key of that algorithm."""
    if alg == "RS256" and isinstance(key, rsa.RSAPrivateKey):
        return Rs256Signer(key)
    if alg == "ES256" and isinstance(key, ec.EllipticCurvePrivateKey):
        return Es256Signer(key)
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


def from_der(alg: Algorithm, der: bytes) -> Rs256Signer | Es256Signer:
    """Parse what `to_der` gave. Slow for RSA (some 30 ms): do it once. Raises ValueError."""
    return signer_for(alg, load_der_private_key(der, password=None))
