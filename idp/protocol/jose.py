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
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key
from msgspec import Struct

from idp.domain import base64url, compact_json
from idp.protocol import public_jwk
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from idp.protocol.vouched import Vouched

MAX_JWT = 16 * 1024
ASYMMETRIC = ("RS256", "PS256", "ES256", "Ed25519")
_REGISTRY = jws.JWSRegistry(algorithms=ASYMMETRIC)
_MAX_HEADER = 512  # characters; but of a self-signed JWT, which has a key in it
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})
# Of a self-signed JWT: what would change how it is read, or name a second key. The rest is ignored.
_NEVER_SELF_SIGNED = frozenset({"crit", "b64", "zip", "jku", "x5u", "x5c", "x5t", "x5t#S256"})
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


class Jwt(Struct, frozen=True):
    """A verified JWT."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class SelfSigned(Struct, frozen=True):
    """The claims of a JWT that its own key signed, and that key's SHA-256 thumbprint (RFC 7638)."""

    claims: Mapping[str, Any]
    thumbprint: str


class PublicKeys:
    """A set of public keys parsed once; built from a JWKS (RFC 7517 §5)."""

    def __init__(
        self,
        jwks: Mapping[str, object],
        *,
        on_unknown: Callable[[], None] | None = None,
        vouched: Vouched | None = None,
    ) -> None:
        """Parse ``jwks``; raises JwtRefused when it is not a set of public signing keys.

        ``on_unknown`` is called for each header that names a key that is not among them.
        ``vouched``, an empty one of their own, remembers what they have signed.
        """
        self._on_unknown = on_unknown
        self._vouched = vouched
        try:
            keys = public_jwk.check_keys(jwks)
        except ValueError as error:
            raise JwtRefused(str(error)) from error
        try:
            self._key_set = KeySet.import_key_set({"keys": keys})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise JwtRefused("a key cannot be read") from error
        self._kids = [key.get("kid") for key in keys]
        self._judges: dict[tuple[str, str | None], Callable[[bytes, bytes], bool]] = {}

    def signed(self, token: str, header: Mapping[str, Any]) -> bool:
        """Tell whether the key that its ``header`` names has signed ``token`` by its algorithm.

        Without a ``kid`` it is the only key. Raises JwtRefused when none may have, JoseError when
        one is not for that.
        """
        alg, kid = header["alg"], header.get("kid")
        judge = self._judges.get((alg, kid))
        if judge is None:  # at most one for each algorithm and key, whatever is sent
            judge = self._judges[alg, kid] = self._judge(alg, kid)
        if self._vouched is not None and token in self._vouched:
            return True
        signing_input, _, signature = token.rpartition(".")
        holds = judge(signing_input.encode("ascii"), base64url.decode(signature))
        if holds:
            self.vouch(token)
        return holds

    def vouch(self, token: str) -> None:
        """Remember ``token``, which one of the keys has signed, if anything is remembered."""
        if self._vouched is not None:
            self._vouched.add(token)

    def _judge(self, alg: str, kid: str | None) -> Callable[[bytes, bytes], bool]:
        if kid is None and len(self._kids) > 1:
            raise JwtRefused("no kid, and several keys")
        if kid is not None and kid not in self._kids:
            if self._on_unknown is not None:
                self._on_unknown()
            raise JwtRefused("unknown kid")
        key = self._key_set.get_by_kid(kid, {"alg": alg, "use": "sig"})
        _REGISTRY.get_alg(alg).check_key(key)
        return partial(_REGISTRY.get_alg(alg).verify, key=key)

    def knows(self, kid: str) -> bool:
        """Tell whether one of the keys has this id."""
        return kid in self._kids


def keys_of_client(jwks: Mapping[str, object]) -> PublicKeys:
    """Return the keys that a client has, of which there are few; raises JwtRefused."""
    keys = jwks.get("keys")
    if isinstance(keys, list) and len(keys) > MOST_KEYS:
        raise JwtRefused(f"a client has at most {MOST_KEYS} keys")
    return PublicKeys(jwks)


async def sign(signer: Signer, claims: Mapping[str, Any], *, typ: str) -> str:
    """Return the compact JWS of ``claims`` with an explicit ``typ`` (RFC 8725 §3.11).

    Raises SignerUnavailable.
    """
    signing_input = f"{_our_header(signer.alg, typ, signer.kid)}.{_encode(claims)}"
    signature = await signer.sign(signing_input.encode("ascii"))
    return f"{signing_input}.{base64url.encode(signature)}"


@lru_cache(maxsize=64)
def _our_header(alg: str, typ: str, kid: str) -> str:
    return _encode({"alg": alg, "typ": typ, "kid": kid})


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
    try:
        holds = keys.signed(token, header)
    except JwtRefused:
        raise
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise JwtRefused("signature does not hold") from error
    if not holds:
        raise JwtRefused("signature does not hold")
    return Jwt(header, _payload(token))


def _payload(token: str) -> dict[str, Any]:
    try:
        return _object(base64url.decode(token.split(".")[1]))
    except ValueError as error:
        raise JwtRefused(str(error)) from error


def unverified_claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT whose signature nobody has looked at yet.

    For finding out whose keys to verify with, and for nothing else. Raises JwtRefused.
    """
    _readable_header(token)
    return _payload(token)


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
    header = _header_in(_header_part(token, limit))
    alg = header.get("alg")
    if alg not in algs or alg not in public_jwk.KEY_OF_ALG:
        raise JwtRefused("algorithm not expected")
    if _typ(header) != typ:
        raise JwtRefused("type not expected")
    if not _NEVER_SELF_SIGNED.isdisjoint(header):
        raise JwtRefused("header names another key, or a critical extension")
    try:
        key = public_jwk.own_key(header.get("jwk"), alg)
    except ValueError as error:
        raise JwtRefused(str(error)) from error
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


_OWN_KEY_REGISTRIES = {alg: _OwnKeyRegistry(alg) for alg in public_jwk.KEY_OF_ALG}


def _header_part(token: str, limit: int) -> str:
    if len(token) > limit or not _COMPACT.fullmatch(token):
        raise JwtRefused("not a compact JWS of acceptable size")
    return token.partition(".")[0]


def _header_in(part: str) -> dict[str, Any]:
    try:
        return _object(base64url.decode(part))
    except ValueError as error:
        raise JwtRefused("header is not JSON") from error


def _readable_header(token: str) -> Mapping[str, Any]:
    part = _header_part(token, MAX_JWT)
    if len(part) > _MAX_HEADER:
        raise JwtRefused("header too long")
    return _plain_header(part)


# What a header says follows from its text alone. Ours are few, and come with every access token;
# what is refused is not kept.
@lru_cache(maxsize=256)
def _plain_header(part: str) -> Mapping[str, Any]:
    header = _header_in(part)
    if not _HEADER_MEMBERS.issuperset(header):
        raise JwtRefused("header names a key, a critical extension, or something unknown")
    if not all(isinstance(value, str) for value in header.values()):
        raise JwtRefused("header member is not text")
    return MappingProxyType(header)


def _typ(header: Mapping[str, Any]) -> str | None:
    typ = header.get("typ")
    return None if typ is None else str(typ).lower().removeprefix("application/")


def _object(data: bytes) -> dict[str, Any]:
    try:
        return load_object(data)
    except ValueError as error:
        raise JwtRefused(str(error)) from error


def _encode(value: Mapping[str, Any]) -> str:
    return base64url.encode(compact_json.write(value))
