"""A private key of the platform's own: to authenticate by, or to bind tokens to.

A key is EC P-256 (ES256), Ed25519 (Ed25519), or RSA of 2048 bits and more (PS256, or RS256 where
that is asked for), as PEM or as a JWK. It is shown in no repr and in no error.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from network_id.errors import KeyUnusableError, shown
from network_id.keys import CURVES, KEY_TYPES, MINIMUM_RSA_BITS, PUBLIC_PARTS, Key

FITTING: Final = "a private key as PEM or JWK: EC P-256, Ed25519, or RSA of 2048 bits and more"
PARTS: Final = (*PUBLIC_PARTS, "d", "p", "q", "dp", "dq", "qi")
DEFAULT_ALGORITHMS: Final = ("ES256", "Ed25519", "PS256", "RS256")  # the first that fits a key


class _Registry(JWSRegistry):
    """joserfc's own limit is too small for a header with an RSA key in it."""

    max_header_length = 2_048


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A private key, the name that the provider knows it by, and the algorithm it signs by."""

    kid: str
    alg: str
    _key: Key = field(repr=False)

    @classmethod
    def read(cls, key: KeyInput, *, kid: str | None = None, alg: str | None = None) -> ClientKey:
        """Return the key in a PEM, or in a JWK (RFC 7517) as JSON or as its members.

        ``kid``: the JWK's own where it has one, else its thumbprint (RFC 7638). ``alg``: the JWK's
        own, else what fits the key; for RSA that is PS256. Raises KeyUnusableError.
        """
        if isinstance(key, ClientKey):
            return key
        found, members = _import(key)
        own = members.get("alg")
        if alg and own and alg != own:
            raise KeyUnusableError(expected=f"a key for {shown(alg)}", came=f"one for {shown(own)}")
        algorithm = alg or own or _default_algorithm(found)
        if algorithm not in KEY_TYPES or not _fits(found, algorithm):
            raise KeyUnusableError(expected=f"a key for {shown(algorithm)}", came=_named(found))
        return cls(kid or str(members.get("kid") or found.thumbprint()), algorithm, found)

    @classmethod
    def generate(cls, alg: str = "ES256") -> ClientKey:
        """Return a new key for ``alg``: ES256, Ed25519, PS256 or RS256."""
        if alg not in KEY_TYPES:
            raise KeyUnusableError(expected=" or ".join(sorted(KEY_TYPES)), came=shown(alg))
        if alg == "ES256":
            return cls.read(ECKey.generate_key("P-256").as_dict(private=True), alg=alg)
        if alg == "Ed25519":
            return cls.read(OKPKey.generate_key("Ed25519").as_dict(private=True), alg=alg)
        return cls.read(RSAKey.generate_key(3072).as_dict(private=True), alg=alg)

    @property
    def thumbprint(self) -> str:
        """The key's RFC 7638 thumbprint, which says nothing of its private half."""
        return str(self._key.thumbprint())

    @property
    def public(self) -> dict[str, Any]:
        """The public half as a JWK."""
        return dict(self._key.as_dict(private=False))

    @property
    def jwks(self) -> dict[str, Any]:
        """What to register as ``jwks``: the public half, with its ``kid`` and ``alg``."""
        return {"keys": [{**self.public, "kid": self.kid, "alg": self.alg, "use": "sig"}]}

    @property
    def pem(self) -> str:
        """The private key as PEM (PKCS #8). A secret."""
        return bytes(self._key.as_pem(private=True)).decode("ascii")

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Return a compact JWT; ``header`` is completed by the algorithm."""
        full = {**header, "alg": self.alg}
        registry = _Registry(algorithms=[self.alg])
        return jwt.encode(full, dict(claims), self._key, registry=registry)


KeyInput = str | bytes | Mapping[str, Any] | ClientKey


def _import(key: object) -> tuple[Key, Mapping[str, Any]]:
    pem, members = _told_apart(key)
    for kind in (ECKey, OKPKey, RSAKey):
        try:
            with warnings.catch_warnings(action="ignore"):  # of small RSA keys, refused below
                found = kind.import_key(pem or {n: members[n] for n in PARTS if n in members})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if not found.is_private:
            raise KeyUnusableError(expected=FITTING, came="a public key")
        return found, members
    raise KeyUnusableError(expected=FITTING, came="something that cannot be read as one")


def _told_apart(key: object) -> tuple[bytes | None, Mapping[str, Any]]:
    """Return a PEM, or the members of a JWK."""
    if isinstance(key, Mapping):
        return None, key
    text = key.encode() if isinstance(key, str) else key
    if not isinstance(text, bytes):
        raise KeyUnusableError(expected=FITTING, came=type(key).__name__)
    if b"-----BEGIN" in text:
        if b"ENCRYPTED" in text:
            raise KeyUnusableError(expected=FITTING, came="a PEM that a password locks")
        return text, {}
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise KeyUnusableError(expected=FITTING, came="neither PEM nor JSON")
    return None, members


def _default_algorithm(key: Key) -> str:
    return next((alg for alg in DEFAULT_ALGORITHMS if _fits(key, alg)), "ES256")


def _fits(key: Key, alg: str) -> bool:
    if not isinstance(key, KEY_TYPES[alg]):
        return False
    if isinstance(key, RSAKey):
        return bool(key.public_key.key_size >= MINIMUM_RSA_BITS)
    return key.curve_name == CURVES[alg]


def _named(key: Key) -> str:
    if isinstance(key, RSAKey):
        return f"RSA of {key.public_key.key_size} bits"
    return f"{key.key_type} {key.curve_name}"
