"""Hostile DPoP proofs, by name: each is wrong in one place, for whichever endpoint it is made.

The ideas of the OpenID conformance suite's negative modules for FAPI 2.0 are among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from idp.domain import base64url
from idp.keystore.signing import signer_for
from tests.support import assertions
from tests.support.dpop import Prover, ath, private_jwk
from tests.support.jwt import at_once, forge, hs256, key, ps256, raw, rsa_key, unsigned
from tests.support.provider import ISSUER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.logins import Platform

HOUR: Final = 3600
RSA: Final = dict(signer_for("RS256", rsa_key()).public_jwk)


@dataclass
class Sink:
    """One endpoint that takes proofs: where a right one would be accepted."""

    platform: Platform
    method: str
    path: str
    send: Callable[[tuple[str, ...]], Any]
    token: str | None = None
    prover: Prover = field(default_factory=Prover)

    @property
    def now(self) -> int:
        return self.platform.provider.clock.now()

    def proof(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A proof that is right but for what is changed; None leaves a member out."""
        address = changes.pop("address", ISSUER + self.path)
        claims = self.prover.claims(self.method, address, self.now, self.token, **changes)
        return forge(self.prover.header(**(header or {})), claims, self.prover.sign)


def lying(*, header: dict[str, Any] | None = None, **changes: Any) -> Callable[[Sink], str]:
    return lambda sink: sink.proof(header, **changes)


def at(offset: float, **changes: Any) -> Callable[[Sink], str]:
    return lambda sink: sink.proof(iat=sink.now + offset, **changes)


def by_another(header: dict[str, Any], sign: Callable[[bytes], bytes]) -> Callable[[Sink], str]:
    def made(sink: Sink) -> str:
        claims = sink.prover.claims(sink.method, ISSUER + sink.path, sink.now, sink.token)
        return forge({"typ": "dpop+jwt"} | header, claims, sign)

    return made


def by_registered_secret(sink: Sink) -> str:
    """HMAC with the bytes of a public key: what a library took that trusted the header."""
    public = base64url.decode(sink.prover.jwk["x"])
    return by_another({"alg": "HS256", "jwk": sink.prover.jwk}, hs256(public))(sink)


def cut(sink: Sink) -> str:
    return sink.proof().rpartition(".")[0]


def another_signature(sink: Sink) -> str:
    head, _, signature = sink.proof().rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def another_body(sink: Sink) -> str:
    head, _, signature = sink.proof().split(".")
    _, body, _ = sink.proof().split(".")
    return f"{head}.{body}.{signature}"


def twice(sink: Sink) -> str:
    claims = b'{"jti":"x","jti":"y"}'
    return raw(header_of(sink), claims, sink.prover.sign)


def header_of(sink: Sink) -> bytes:
    return base64url.decode(sink.proof().split(".")[0])


# "{}" of an address is the right one.
ADDRESSES: Final = (
    "{}ohnonotagain",
    "{}/",
    "{}/../token2",
    "{}%2f",
    "{};x=1",
    ISSUER,
    "https://localhost:8000{path}",
    "http://localhost{path}",
    "http://localhost:8001{path}",
    "http://localhost:8000@evil.example{path}",
    "http://evil.example@localhost:8000{path}",
    "http://user@localhost:8000{path}",
    "http://127.0.0.1:8000{path}",
    "http://localhost.:8000{path}",
    "http://localhost:8000\\{path}",
    "//localhost:8000{path}",
    "{path}",
    "http://localhost:8000\n{path}",
    " {}",
    "\t{}",
    "{}\u0000",
    "http://localhost:080000000{path}",
    "http://localhost:x{path}",
    "http://[localhost:8000{path}",
    "http://loc%61lhost:8000{path}",
    "",
    "{}" + "?" + "x" * 3000,
)
RIGHT_ADDRESSES: Final = (
    "{}?allthedoors#onthisspaceship",
    "{}#x",
    "HTTP://LOCALHOST:8000{path}",
    "http://localhost:8000/./x/..{path}",
)
HOSTILE: Final[dict[str, Callable[[Sink], str]]] = {
    "no JWT": lambda _: "proof",
    "empty": lambda _: "",
    "too long": lambda sink: sink.proof(padding="x" * 5000),
    "cut": cut,
    "two in one": lambda sink: f"{sink.proof()}, {sink.proof()}",
    "a member twice": twice,
    "another signature": another_signature,
    "another body": another_body,
    "without a signature": lambda sink: cut(sink) + ".",
    "claims that are a list": lambda sink: raw(header_of(sink), b"[]", sink.prover.sign),
    # The header.
    "no typ": lying(header={"typ": None}),
    "typ JWT": lying(header={"typ": "JWT"}),
    "typ longer": lying(header={"typ": "dpop+jwt+wrongyousee"}),
    "typ of an assertion": lying(header={"typ": assertions.TYP}),
    "no alg": lying(header={"alg": None}),
    "alg none": by_another({"alg": "none", "jwk": dict(key().public_jwk)}, unsigned),
    "alg of another case": lying(header={"alg": "es256"}),
    "alg that we do not take": lying(header={"alg": "ES384"}),
    "alg of another key": lying(header={"alg": "PS256"}),
    "a list of algs": lying(header={"alg": ["ES256"]}),
    "RS256": by_another({"alg": "RS256", "jwk": RSA}, at_once(key("RS256"))),
    "RS256 by its own key": by_another(
        {"alg": "RS256", "jwk": {n: RSA[n] for n in ("kty", "n", "e")}},
        at_once(signer_for("RS256", rsa_key())),
    ),
    "a secret as the key": by_another(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}, hs256(bytes(3))
    ),
    "HMAC by the public key": by_registered_secret,
    "crit": lying(header={"crit": ["exp"], "exp": 1}),
    "b64": lying(header={"b64": False}),
    "zip": lying(header={"zip": "DEF"}),
    "jku": lying(header={"jku": "https://evil.example/jwks"}),
    "x5u": lying(header={"x5u": "https://evil.example/cert"}),
    "x5c": lying(header={"x5c": ["AAAA"]}),
    "no jwk": lying(header={"jwk": None}),
    "no jwk but a kid": lying(header={"jwk": None, "kid": "x"}),
    "jwk as text": lying(header={"jwk": "{}"}),
    "jwk as a list": lying(header={"jwk": [1]}),
    "an empty jwk": lying(header={"jwk": {}}),
    "a jwk set": lying(header={"jwk": {"keys": []}}),
    "a private key": by_another({"alg": "Ed25519", "jwk": private_jwk()}, unsigned),
    "its own private half": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"d": "AAAA"}}),
    "somebody else's key": lambda sink: sink.proof({"jwk": Prover().jwk}),
    "a key for PS256": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"alg": "PS256"}}),
    "a key for encryption": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"use": "enc"}}),
    "off the curve": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"x": "A" * 43}}),
    "at infinity": lambda sink: sink.proof(
        {"jwk": sink.prover.jwk | {"x": "A" * 43, "y": "A" * 43}}
    ),
    "a short coordinate": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"x": "AAAA"}}),
    "a number as coordinate": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"x": 7}}),
    "no coordinate": lambda sink: sink.proof(
        {"jwk": {n: v for n, v in sink.prover.jwk.items() if n != "y"}}
    ),
    "padding in a coordinate": lambda sink: sink.proof(
        {"jwk": sink.prover.jwk | {"x": sink.prover.jwk["x"] + "="}}
    ),
    "another curve": lambda sink: sink.proof({"jwk": sink.prover.jwk | {"crv": "P-384"}}),
    "a weak RSA key": by_another(
        {"alg": "PS256", "jwk": {"kty": "RSA", "e": "AQAB", "n": RSA["n"][:170]}}, ps256(rsa_key())
    ),
    "a costly RSA key": by_another(
        {"alg": "PS256", "jwk": {"kty": "RSA", "e": "AQAB", "n": RSA["n"] * 3}}, ps256(rsa_key())
    ),
    "a costly exponent": by_another(
        {"alg": "PS256", "jwk": {"kty": "RSA", "e": RSA["n"], "n": RSA["n"]}}, ps256(rsa_key())
    ),
    "an exponent of one": by_another(
        {"alg": "PS256", "jwk": {"kty": "RSA", "e": "AQ", "n": RSA["n"]}}, ps256(rsa_key())
    ),
    "a modulus spelled longer": by_another(
        {
            "alg": "PS256",
            "jwk": {
                "kty": "RSA",
                "e": "AQAB",
                "n": base64url.encode(b"\0" + base64url.decode(RSA["n"])),
            },
        },
        ps256(rsa_key()),
    ),
    # The claims.
    "no jti": lying(jti=None),
    "an empty jti": lying(jti=""),
    "a number as jti": lying(jti=7),
    "a long jti": lying(jti="x" * 257),
    "no htm": lying(htm=None),
    "htm PUT": lying(htm="PUT"),
    "htm in lower case": lambda sink: sink.proof(htm=sink.method.lower()),
    "htm of another method of ours": lambda sink: sink.proof(
        htm="GET" if sink.method == "POST" else "POST"
    ),
    "a list of methods": lambda sink: sink.proof(htm=[sink.method]),
    "no htu": lying(htu=None),
    "a list of addresses": lambda sink: sink.proof(htu=[ISSUER + sink.path]),
    "for another endpoint of ours": lying(address=f"{ISSUER}/jwks"),
    "no iat": lying(iat=None),
    "iat as text": lying(iat="now"),
    "iat true": lying(iat=True),
    "iat without end": lying(iat=10**400),
    "from the future": at(HOUR),
    "from the near future, by no nonce": at(61),
    "expired": lambda sink: sink.proof(exp=sink.now - 10),
    "exp as text": lying(exp="never"),
    "not yet valid": lambda sink: sink.proof(nbf=sink.now + 11),
    "a lone surrogate as nonce": lying(nonce="\ud800"),
}
AT_RESOURCES: Final[dict[str, Callable[[Sink], str]]] = {
    "no ath": lying(ath=None),
    "ath of another token": lying(ath=ath("another")),
    "ath in another spelling": lambda sink: sink.proof(ath=ath(sink.token or "") + "="),
    "ath as a list": lambda sink: sink.proof(ath=[ath(sink.token or "")]),
    "a lone surrogate as ath": lying(ath="\ud800"),
    "the token as ath": lambda sink: sink.proof(ath=sink.token),
}
NONCES: Final[dict[str, Callable[[Sink], str]]] = {
    "an hour old": at(-HOUR),
    "a minute old": at(-61),
    "a little ahead": at(11),
    "of the first day": lying(iat=0),
    "of before": lying(iat=-(10**290)),
    "a nonce of their own": lying(nonce="x" * 22),
    "an empty nonce": lying(nonce=""),
    "a number as nonce": lying(nonce=7),
}
FINE: Final[dict[str, Callable[[Sink], str]]] = {
    "ten seconds ago": at(-10),
    "a minute ago": at(-60),
    "in eight seconds": at(8),
    "in ten seconds": at(10),
    "half seconds": at(0.5),
    "members that nobody knows": lying(header={"tx_id": 7}, tx_id_key=7),
    "a kid": lying(header={"kid": "mine"}),
    "the type in full": lying(header={"typ": "application/dpop+jwt"}),
    "nbf and exp": lambda sink: sink.proof(nbf=sink.now, exp=sink.now + 300),
    "a key with more to say": lambda sink: sink.proof(
        {"jwk": sink.prover.jwk | {"kid": "x", "alg": "ES256", "use": "sig", "x5c": []}}
    ),
}
