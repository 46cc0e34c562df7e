"""JWTs made by hand, so that they can lie in every way a library would not let them."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from idp.domain import base64url
from idp.keystore.signing import LocalSigner, generate, signer_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.domain.signing_key import Algorithm
    from idp.protocol.jose import Signer

Signing = "Callable[[bytes], bytes]"


@cache
def key(alg: Algorithm = "ES256", name: str = "") -> LocalSigner:
    """A private key; the same for the same name as long as the tests run."""
    return signer_for(alg, generate(alg))


def jwks(*signers: Signer) -> dict[str, Any]:
    """The public halves, as a client registers them."""
    return {"keys": [dict(signer.public_jwk) for signer in signers]}


def raw(header: bytes, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """A compact JWS of any bytes whatever, rightly signed by `sign`."""
    signing_input = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(sign(signing_input.encode()))}"


def forge(
    header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]
) -> str:
    return raw(json.dumps(header).encode(), json.dumps(claims).encode(), sign)


def signed(signer: Signer, claims: Mapping[str, Any], **header: Any) -> str:
    """A JWS by `signer`; header members given as None are left out."""
    members = {"alg": signer.alg, "kid": signer.kid, "typ": "JWT"} | header
    return forge({k: v for k, v in members.items() if v is not None}, claims, at_once(signer))


def at_once(signer: Signer) -> Callable[[bytes], bytes]:
    """What a signer does that waits for no machine, without an event loop."""

    def sign(message: bytes) -> bytes:
        try:
            signer.sign(message).send(None)
        except StopIteration as signed:
            return bytes(signed.value)
        raise AssertionError("it waits for something")

    return sign


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    header, payload, _ = token.split(".")
    return json.loads(base64url.decode(header)), json.loads(base64url.decode(payload))


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(secret, message, hashlib.sha256)


def unsigned(_message: bytes) -> bytes:
    return b""


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def ps256(private: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    return lambda message: private.sign(message, pss, SHA256())


def okp_jwk(private: ed25519.Ed25519PrivateKey, kid: str) -> dict[str, str]:
    x = base64url.encode(private.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig"}
