"""Keys of a platform's own: read from what people have, refused when weak, and shown nowhere."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from network_id import ClientKey, KeyUnusableError

from tests.support.simulated_provider import EC, ED, PSS, RSA

KEYS: dict[str, ECKey | OKPKey | RSAKey] = {"ES256": EC, "Ed25519": ED, "PS256": PSS, "RS256": RSA}


def private(alg: str) -> dict[str, Any]:
    return dict(KEYS[alg].as_dict(private=True))


@pytest.mark.parametrize("alg", KEYS)
def test_a_jwk_is_read_as_members_and_as_text(alg: str) -> None:
    members = private(alg)
    for given in (members, json.dumps(members), json.dumps(members).encode()):
        key = ClientKey.read(given)
        assert (key.kid, key.alg) == (KEYS[alg].kid, alg)
        token = jwt.decode(key.sign({"typ": "x"}, {"a": 1}), KEYS[alg], algorithms=[alg])
        assert (token.header["typ"], token.claims) == ("x", {"a": 1})


@pytest.mark.spec("RFC 7638 §3")
@pytest.mark.parametrize(("alg", "fits"), [("ES256",) * 2, ("Ed25519",) * 2, ("RS256", "PS256")])
def test_a_pem_is_read_and_named_by_its_thumbprint(alg: str, fits: str) -> None:
    pem = KEYS[alg].as_pem(private=True)
    key = ClientKey.read(pem)
    assert (key.kid, key.alg) == (KEYS[alg].thumbprint(), fits)
    assert ClientKey.read(pem.decode(), kid="mine", alg=alg).kid == "mine"
    assert ClientKey.read(key.pem).thumbprint == key.thumbprint


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "PS256"])
def test_a_new_key_comes_with_what_is_to_be_registered(alg: str) -> None:
    key = ClientKey.generate(alg)
    (registered,) = key.jwks["keys"]
    assert (registered["kid"], registered["alg"]) == (key.kid, alg)
    assert not registered.keys() & {"d", "p", "q", "dp", "dq", "qi"}
    assert not key.public.keys() & {"d", "p", "q", "dp", "dq", "qi"}


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None
) -> bytes:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505  # weak on purpose
WIDE = ec.generate_private_key(ec.SECP384R1())
UNUSABLE: dict[str, Any] = {
    "nothing": "",
    "a word": "opensesame",
    "none": None,
    "a number": 7,
    "a list": [],
    "JSON that is no object": "[]",
    "deep JSON": "[" * 100_000,
    "an empty JWK": {},
    "a secret": {"kty": "oct", "k": "c2VjcmV0"},
    "a public JWK": dict(EC.as_dict(private=False)),
    "a public PEM": SMALL.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ),
    "a locked PEM": pem(WIDE, b"opensesame"),
    "a broken PEM": "-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n".format("PRIVATE KEY"),
    "small RSA": pem(SMALL),
    "another curve": pem(WIDE),
    "another algorithm": private("RS256") | {"alg": "RS512"},
    "an algorithm of another kind": private("ES256") | {"alg": "RS256"},
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_is_no_fit_key_is_refused_and_not_shown(case: str) -> None:
    with pytest.raises(KeyUnusableError) as refusal:
        ClientKey.read(UNUSABLE[case])
    assert not [part for part in ("opensesame", "AAAA", "c2VjcmV0") if part in str(refusal.value)]


@pytest.mark.parametrize("alg", ["RS256", "none", "HS256"])
def test_an_algorithm_that_does_not_fit_is_refused(alg: str) -> None:
    with pytest.raises(KeyUnusableError):
        ClientKey.read(private("PS256"), alg=alg)


def test_a_new_key_of_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(KeyUnusableError):
        ClientKey.generate("HS256")


@pytest.mark.parametrize("alg", KEYS)
def test_no_repr_shows_a_private_key(alg: str) -> None:
    key = ClientKey.read(private(alg))
    assert private(alg)["d"] not in f"{key!r} {key}"
