"""A client's side of DPoP (RFC 9449), made by hand: right proofs, and ones that lie."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import ed25519

from idp.domain import base64url
from idp.keystore.public_keys import thumbprint
from idp.keystore.signing import Es256Signer, generate, signer_for
from tests.support.jwt import at_once, forge, okp_jwk, ps256, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.browser_like import Answer
    from tests.support.logins import Platform

TYP: Final = "dpop+jwt"
_NUMBERS: Final = itertools.count(1)


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def ath(token: str) -> str:
    """The hash of an access token that a proof names (§4.2)."""
    return base64url.encode(hashlib.sha256(token.encode()).digest())


@dataclass
class Prover:
    """A key of a client's own, and the proofs that it signs."""

    alg: str = "ES256"
    jwk: dict[str, str] = field(init=False)
    sign: Callable[[bytes], bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.jwk, self.sign = _KEYS[self.alg]()

    @property
    def jkt(self) -> str:
        if self.alg == "Ed25519":
            canonical = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True)
            return base64url.encode(hashlib.sha256(canonical.encode()).digest())
        return thumbprint(self.jwk)

    def header(self, **changes: Any) -> dict[str, Any]:
        return _present({"typ": TYP, "alg": self.alg, "jwk": self.jwk} | changes)

    def claims(
        self, method: str, address: str, now: int, token: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Right claims but for `changes`; one to None leaves a member out."""
        ordinary = {
            "jti": f"proof {next(_NUMBERS)}",
            "htm": method,
            "htu": address,
            "iat": now,
            "ath": None if token is None else ath(token),
        }
        return _present(ordinary | changes)

    def proof(
        self, method: str, address: str, now: int, token: str | None = None, **changes: Any
    ) -> str:
        claims = self.claims(method, address, now, token, **changes)
        return forge(self.header(), claims, self.sign)


def _ec() -> tuple[dict[str, str], Callable[[bytes], bytes]]:
    signer = signer_for("ES256", generate("ES256"))
    assert isinstance(signer, Es256Signer)
    return {name: signer.public_jwk[name] for name in ("kty", "crv", "x", "y")}, at_once(signer)


def _rsa() -> tuple[dict[str, str], Callable[[bytes], bytes]]:
    jwk = signer_for("RS256", rsa_key()).public_jwk
    return {name: jwk[name] for name in ("kty", "n", "e")}, ps256(rsa_key())


def _ed25519() -> tuple[dict[str, str], Callable[[bytes], bytes]]:
    private = ed25519.Ed25519PrivateKey.generate()
    jwk = okp_jwk(private, "")
    return {name: jwk[name] for name in ("kty", "crv", "x")}, private.sign


_KEYS: Final = {"ES256": _ec, "PS256": _rsa, "Ed25519": _ed25519}


@cache
def private_jwk() -> dict[str, str]:
    """A whole key pair as a JWK, as nobody should ever send it."""
    private = ed25519.Ed25519PrivateKey.generate()
    jwk = okp_jwk(private, "")
    return {"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "d": base64url.encode(bytes(32))}


@dataclass
class Holder:
    """A client with a key of its own, at a platform: asks for tokens with it, and uses them."""

    platform: Platform
    prover: Prover = field(default_factory=Prover)

    def proof(self, method: str, path: str, token: str | None = None, **changes: Any) -> str:
        provider = self.platform.provider
        address = provider.issuer.rstrip("/") + path
        return self.prover.proof(method, address, provider.clock.now(), token, **changes)

    async def redeem(self, form: Mapping[str, str], **changes: Any) -> Answer:
        """Send a token request whose form authenticates the client, with a proof."""
        headers = {"dpop": self.proof("POST", "/token", **changes)}
        return await self.platform.at_token_endpoint(form, headers)

    async def call(
        self, token: str, path: str = "/userinfo", method: str = "GET", **changes: Any
    ) -> Answer:
        """Use a token at a resource, with a proof."""
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": self.proof(method, path, token, **changes),
        }
        return await self.platform.provider.browser().send(method, path, headers=headers)
