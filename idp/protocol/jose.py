"""The one door for JOSE: every JWT that we sign or read passes through here (RFC 7515, 7519, 8725).

Rules in prose. The algorithm comes from what we expect, never from the token (RFC 8725 §3.1);
``none`` and HMAC are never expected. The type is explicit and checked (§3.11), so that one kind of
JWT cannot serve as another. Keys come from the registration or our own store, never from the token:
``jwk``, ``jku``, ``x5u``, ``x5c`` and every unknown header member, ``crit`` and ``b64`` included,
are refused. Sizes are bounded before decoding; duplicated members are refused. One side door,
``verify_self_signed``, reads the key from the token: a proof that somebody holds that key, which
says nothing of who they are (RFC 9449).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from idp.domain import base64url
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_JWT = 16 * 1024
MIN_RSA_BITS = 2048
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519")
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})
# Of a self-signed JWT: what would change how it is read, or name a second key. The rest is ignored.
_NEVER_SELF_SIGNED = frozenset({"crit", "b64", "zip", "jku", "x5u", "x5c", "x5t", "x5t#S256"})
_KEY_OF_ALG = {"ES256": ("EC", "P-256"), "Ed25519": ("OKP", "Ed25519"), "PS256": ("RSA", None)}
_KEY_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_COORDINATE_BYTES = 32
MAX_RSA_BITS = 4096  # a longer one costs whoever verifies, not whoever sends
MAX_RSA_EXPONENT = 2**32
MOST_KEYS = 50  # of one client: each is parsed whenever the client is read
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

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the raw JWS signature over ``signing_input``; raises SignerUnavailable.

        One that waits for a machine never blocks the event loop; a local one simply returns, and
        then the loop does not turn (some 50 ns more than a plain call).
        """
        ...

    async def ready(self) -> bool:
        """Tell whether it would sign now; asked before what cannot be given back is used up."""
        ...


class SignerUnavailable(Exception):
    """The machine that holds the key does not answer now; worth another try in a moment."""


@dataclass(frozen=True, slots=True)
class Jwt:
    """A verified JWT."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """The claims of a JWT that its own key signed, and that key's SHA-256 thumbprint (RFC 7638)."""

    claims: Mapping[str, Any]
    thumbprint: str


class PublicKeys:
    """A set of public keys parsed once; built from a JWKS (RFC 7517 §5)."""

    def __init__(
        self, jwks: Mapping[str, object], *, on_unknown: Callable[[], None] | None = None
    ) -> None:
        """Parse ``jwks``; raises JwtRefused when it is not a set of public signing keys.

        ``on_unknown`` is called for each header that names a key that is not among them.
        """
        self._on_unknown = on_unknown
        keys = jwks.get("keys")
        if not isinstance(keys, list) or not keys:
            raise JwtRefused("no keys")
        for key in keys:
            if not isinstance(key, dict) or not _PRIVATE_MEMBERS.isdisjoint(key):
                raise JwtRefused("a JWKS of a client holds public asymmetric keys only")
            if key.get("kty") == "RSA":
                _check_rsa(key)
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
            if self._on_unknown is not None:
                self._on_unknown()
            raise JwtRefused("unknown kid")
        return self.key_set

    def knows(self, kid: str) -> bool:
        """Tell whether one of the keys has this id."""
        return kid in self._kids


def keys_of_client(jwks: Mapping[str, object]) -> PublicKeys:
    """Return the keys that a client has, of which there are few; raises JwtRefused."""
    keys = jwks.get("keys")
    if isinstance(keys, list) and len(keys) > MOST_KEYS:
        raise JwtRefused(f"a client has at most {MOST_KEYS} keys")
    return PublicKeys(jwks)


def _check_rsa(key: Mapping[str, object]) -> None:
    """Refuse what is too weak (RFC 7518 §3.3), and what costs us much to verify with by design."""
    bits = _number(key.get("n")).bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS or _number(key.get("e")) >= MAX_RSA_EXPONENT:
        raise JwtRefused("an RSA key has 2048 to 4096 bits, and a small exponent")


def _number(member: object) -> int:
    try:
        return int.from_bytes(base64url.decode(str(member)), "big")
    except ValueError:
        return 0


async def sign(signer: Signer, claims: Mapping[str, Any], *, typ: str) -> str:
    """Return the compact JWS of ``claims`` with an explicit ``typ`` (RFC 8725 §3.11).

    Raises SignerUnavailable.
    """
    header = {"alg": signer.alg, "typ": typ, "kid": signer.kid}
    signing_input = f"{_encode(header)}.{_encode(claims)}".encode("ascii")
    return f"{signing_input.decode()}.{base64url.encode(await signer.sign(signing_input))}"


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


def verify_self_signed(token: str, *, algs: Sequence[str], typ: str, limit: int) -> SelfSigned:
    """Return a JWT when the public key in its own header signed it; else raise JwtRefused.

    It proves that its maker holds the key, and nothing else: never take it for somebody's word.
    ``limit`` bounds its characters. Unknown header members are ignored (RFC 7515 §4), those that
    would name another key or change the reading are refused. The key is public, in its one
    spelling, and of a size that is neither weak nor costly.
    """
    header = _header(token, limit)
    alg = header.get("alg")
    if alg not in algs or alg not in _KEY_OF_ALG:
        raise JwtRefused("algorithm not expected")
    if _typ(header) != typ:
        raise JwtRefused("type not expected")
    if not _NEVER_SELF_SIGNED.isdisjoint(header):
        raise JwtRefused("header names another key, or a critical extension")
    key = _own_key(header.get("jwk"), alg)
    try:
        verified = jws.deserialize_compact(
            token, import_key({**key}), registry=_OWN_KEY_REGISTRIES[alg]
        )
        payload = verified.payload or b""
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise JwtRefused("signature does not hold") from error
    canonical = json.dumps(key, separators=(",", ":"), sort_keys=True).encode()
    return SelfSigned(_object(payload), base64url.encode(hashlib.sha256(canonical).digest()))


class _OwnKeyRegistry(jws.JWSRegistry):
    """The library's limits, widened for a header with a key in it; we have looked at the rest."""

    max_header_length = MAX_JWT

    def __init__(self, alg: str) -> None:
        super().__init__(algorithms=[alg], strict_check_header=False)


_OWN_KEY_REGISTRIES = {alg: _OwnKeyRegistry(alg) for alg in _KEY_OF_ALG}


def _own_key(jwk: object, alg: str) -> dict[str, str]:
    """Return the members that make the key (RFC 7638 §3.2), once they are fit to be one."""
    kind, curve = _KEY_OF_ALG[alg]
    if not isinstance(jwk, dict) or jwk.get("kty") != kind or jwk.get("crv") != curve:
        raise JwtRefused("the header has no jwk for its algorithm")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise JwtRefused("the jwk is a private key")  # RFC 9449 §4.3: whoever sent it lost it
    if jwk.get("alg", alg) != alg or jwk.get("use", "sig") != "sig":
        raise JwtRefused("the jwk is for something else")
    key = {name: jwk.get(name) for name in _KEY_MEMBERS[kind]}
    if not all(isinstance(value, str) for value in key.values()):
        raise JwtRefused("the jwk lacks a member")
    numbers = {name: str(value) for name, value in key.items() if name not in {"crv", "kty"}}
    try:
        sizes = {name: base64url.decode(number) for name, number in numbers.items()}
    except ValueError as error:
        raise JwtRefused("the jwk cannot be read") from error
    if not (_fit_rsa(sizes) if kind == "RSA" else _fit_curve(sizes)):
        raise JwtRefused("the jwk is too weak, too long, or spelled otherwise than it should be")
    return {name: str(value) for name, value in key.items()}


def _fit_rsa(numbers: Mapping[str, bytes]) -> bool:
    modulus, exponent = (int.from_bytes(numbers[name], "big") for name in ("n", "e"))
    spelled = all(number[:1] != b"\0" for number in numbers.values())
    fit = MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS
    return spelled and fit and exponent % 2 == 1 and 1 < exponent < MAX_RSA_EXPONENT


def _fit_curve(coordinates: Mapping[str, bytes]) -> bool:
    return all(len(number) == _COORDINATE_BYTES for number in coordinates.values())


def _header(token: str, limit: int) -> dict[str, Any]:
    if len(token) > limit or not _COMPACT.fullmatch(token):
        raise JwtRefused("not a compact JWS of acceptable size")
    part = token.partition(".")[0]
    try:
        return _object(base64url.decode(part))
    except ValueError as error:
        raise JwtRefused("header is not JSON") from error


def _readable_header(token: str) -> dict[str, Any]:
    header = _header(token, MAX_JWT)
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
