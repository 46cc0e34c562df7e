"""The one door for JOSE: every JWT that we sign or read passes through here (RFC 7515, 7519, 8725).

Rules in prose. The algorithm comes from what we expect, never from the token (RFC 8725 §3.1);
``none`` and HMAC are never expected. The type is explicit and checked (§3.11), so that one kind of
JWT cannot serve as another. Keys come from the registration or our own store, never from the token:
``jwk``, ``jku``, ``x5u``, ``x5c`` and every unknown header member, ``crit`` and ``b64`` included,
are refused. Sizes are bounded before decoding; duplicated members are refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.domain import base64url
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_JWT = 16 * 1024
MIN_RSA_BITS = 2048
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519")
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class JwtRefused(ValueError):
    """A JWT is not acceptable; ``reason`` is for the log, not for the wire."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Signer(Protocol):
    """A private key that signs without showing itself."""

    @property
    def kid(self) -> str:
        """The key's RFC 7638 thumbprint."""
        ...

    @property
    def alg(self) -> str:
        """The one algorithm this key is for."""
        ...

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key as it stands in the JWKS."""
        ...

    def sign(self, signing_input: bytes) -> bytes:
        """Return the raw JWS signature over ``signing_input``."""
        ...


@dataclass(frozen=True, slots=True)
class Jwt:
    """A verified JWT."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class PublicKeys:
    """A set of public keys parsed once; built from a JWKS (RFC 7517 §5)."""

    def __init__(self, jwks: Mapping[str, object]) -> None:
        """Parse ``jwks``; raises JwtRefused when it is not a set of public signing keys."""
        keys = jwks.get("keys")
        if not isinstance(keys, list) or not keys:
            raise JwtRefused("no keys")
        for key in keys:
            if not isinstance(key, dict) or key.get("kty") == "oct" or "d" in key:
                raise JwtRefused("a JWKS of a client holds public asymmetric keys only")
            if key.get("kty") == "RSA" and _bits(key.get("n")) < MIN_RSA_BITS:
                raise JwtRefused("an RSA key has 2048 bits or more")  # RFC 7518 §3.3
        try:
            self.key_set = KeySet.import_key_set({"keys": keys})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise JwtRefused("a key cannot be read") from error
        self._kids = [key.get("kid") for key in keys]

    def for_header(self, header: Mapping[str, Any]) -> KeySet:
        """Return the keys that may have signed: by kid, or the only one when none is named."""
        kid = header.get("kid")
        if kid is None and len(self._kids) > 1:
            raise JwtRefused("no kid, and several keys")
        if kid is not None and kid not in self._kids:
            raise JwtRefused("unknown kid")
        return self.key_set

    def knows(self, kid: str) -> bool:
        """Tell whether one of the keys has this id."""
        return kid in self._kids


def _bits(modulus: object) -> int:
    try:
        return int.from_bytes(base64url.decode(str(modulus)), "big").bit_length()
    except ValueError:
        return 0


def sign(signer: Signer, claims: Mapping[str, Any], *, typ: str) -> str:
    """Return the compact JWS of ``claims`` with an explicit ``typ`` (RFC 8725 §3.11)."""
    header = {"alg": signer.alg, "typ": typ, "kid": signer.kid}
    signing_input = f"{_encode(header)}.{_encode(claims)}".encode("ascii")
    return f"{signing_input.decode()}.{base64url.encode(signer.sign(signing_input))}"


def verify(token: str, keys: PublicKeys, *, algs: Sequence[str], typs: Sequence[str | None]) -> Jwt:
    """Return the JWT when its signature holds under one of ``keys``; else raise JwtRefused.

    ``algs`` are the algorithms expected (asymmetric ones only), ``typs`` the types accepted, in
    lower case without ``application/``; None in it accepts a missing type. Claims are not judged.
    """
    header = _readable_header(token)
    if header.get("alg") not in algs or header["alg"] not in ASYMMETRIC:
        raise JwtRefused("algorithm not expected")
    if _typ(header) not in typs:
        raise JwtRefused("type not expected")
    candidates = keys.for_header(header)
    try:
        verified = jws.deserialize_compact(token, candidates, algorithms=list(algs))
        payload = verified.payload or b""
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise JwtRefused("signature does not hold") from error
    return Jwt(header, _object(payload))


def unverified_claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT whose signature nobody has looked at yet.

    For finding out whose keys to verify with, and for nothing else. Raises JwtRefused.
    """
    _readable_header(token)
    part = token.split(".")[1]
    try:
        return _object(base64url.decode(part))
    except ValueError as error:
        raise JwtRefused(str(error)) from error


def unverified_kid(token: str) -> str | None:
    """Return which key a JWT names, for finding that key, and for nothing else.

    Raises JwtRefused.
    """
    kid: str | None = _readable_header(token).get("kid")
    return kid


def _readable_header(token: str) -> dict[str, Any]:
    if len(token) > MAX_JWT or not _COMPACT.fullmatch(token):
        raise JwtRefused("not a compact JWS of acceptable size")
    part = token.partition(".")[0]
    try:
        header = _object(base64url.decode(part))
    except ValueError as error:
        raise JwtRefused("header is not JSON") from error
    if not _HEADER_MEMBERS.issuperset(header):
        raise JwtRefused("header names a key, a critical extension, or something unknown")
    if not all(isinstance(value, str) for value in header.values()):
        raise JwtRefused("header member is not text")
    return header


def _typ(header: Mapping[str, Any]) -> str | None:
    typ = header.get("typ")
    return None if typ is None else str(typ).lower().removeprefix("application/")


def _object(data: bytes) -> dict[str, Any]:
    try:
        return load_object(data)
    except ValueError as error:
        raise JwtRefused(str(error)) from error


def _encode(value: Mapping[str, Any]) -> str:
    return base64url.encode(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
