"""The side door of JOSE: a JWT that carries the key which signed it, as DPoP proofs do."""

from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import base64url
from idp.protocol import dpop, jose
from tests.support.dpop import Prover, ath
from tests.support.jwt import forge, ps256, rsa_key

# RFC 9449, Figures 1 to 3 and 9: a proof, its key's thumbprint, a token and its hash.
PUBLISHED = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsIm"
    "h0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg"
    "8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
TOKEN, HASH = (
    "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
    "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
)
SIZE = "the jwk is too weak, too long, or spelled otherwise than it should be"


def read(token: str) -> jose.SelfSigned:
    return jose.verify_self_signed(token, algs=dpop.ALGS, typ=dpop.TYP, limit=4096)


def refusal(alg: str, jwk: dict[str, Any], sign: Any) -> str:
    with pytest.raises(jose.JwtRefused) as refused:
        read(forge({"typ": dpop.TYP, "alg": alg, "jwk": jwk}, {}, sign))
    return refused.value.reason


@pytest.mark.spec("RFC 9449 §4.2", "RFC 9449 §6.1", "RFC 7638 §3")
def test_the_published_example_is_read_and_its_key_named():
    found = read(PUBLISHED)
    assert found.thumbprint == THUMBPRINT
    assert found.claims == {
        "jti": "-BwC3ESc6acc2lTc",
        "htm": "POST",
        "htu": "https://server.example.com/token",
        "iat": 1562262616,
    }
    assert ath(TOKEN) == HASH


@pytest.mark.spec("RFC 9449 §4.3")
def test_the_published_example_is_a_proof_for_its_own_request():
    expected = dpop.Expected(
        method="POST",
        address="https://server.example.com/token",
        now=1562262616,
        nonce_keys=(bytes(32),),
        nonce_demanded=False,
    )
    proof = dpop.read([PUBLISHED], expected)
    assert proof is not None
    assert proof.jkt == THUMBPRINT


@pytest.mark.spec("RFC 7638 §3.2")
@pytest.mark.parametrize("alg", dpop.ALGS)
def test_one_key_has_one_name_whatever_else_its_sender_says_of_it(alg: str):
    prover = Prover(alg)
    told: list[dict[str, Any]] = [
        {},
        {"kid": "x"},
        {"use": "sig", "alg": alg, "key_ops": ["verify"], "x": 1},
    ]
    for more in told:
        jwk = {**more, **prover.jwk}
        found = read(forge(prover.header(jwk=jwk), {}, prover.sign))
        assert found.thumbprint == prover.jkt


@pytest.mark.spec("RFC 7518 §3.5")
@pytest.mark.parametrize("bits", [1024, 2047])
def test_an_rsa_key_that_is_too_short_proves_nothing(bits: int):
    weak = rsa.generate_private_key(65537, bits)
    n = base64url.encode(weak.public_key().public_numbers().n.to_bytes(-(-bits // 8), "big"))
    assert refusal("PS256", {"kty": "RSA", "e": "AQAB", "n": n}, ps256(weak)) == SIZE


@pytest.mark.parametrize(
    "changes",
    [
        {"n": base64url.encode(b"\xff" * 513)},
        {"e": base64url.encode(b"\xff" * 5)},
        {"e": "AQ"},
        {"e": base64url.encode((65536).to_bytes(3, "big"))},
        {"e": base64url.encode(b"\0\1\0\1")},
        {"e": ""},
        {"n": ""},
    ],
)
def test_an_rsa_key_that_costs_whoever_verifies_is_not_even_tried(changes: dict[str, str]):
    assert refusal("PS256", Prover("PS256").jwk | changes, ps256(rsa_key())) == SIZE


@pytest.mark.spec("RFC 7518 §6.2.1.2")
def test_a_coordinate_has_the_length_of_its_curve():
    """A zero before it is the same number, and would be a second name of the same key."""
    for alg in ("ES256", "Ed25519"):
        prover = Prover(alg)
        x = base64url.decode(prover.jwk["x"])
        for spelled in (b"\0" + x, x[:-1], x + b"\0", b""):
            jwk = prover.jwk | {"x": base64url.encode(spelled)}
            assert refusal(alg, jwk, prover.sign) == SIZE


def test_a_point_that_is_not_on_the_curve_is_no_key():
    prover = Prover()
    off = prover.jwk | {"y": base64url.encode(bytes(32))}
    assert refusal("ES256", off, prover.sign) == "signature does not hold"
    p384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = (base64url.encode(n.to_bytes(48, "big")) for n in (p384.x, p384.y))
    for crv in ("P-384", "P-256"):
        assert refusal("ES256", {"kty": "EC", "crv": crv, "x": x, "y": y}, prover.sign) != ""


@given(
    st.dictionaries(
        st.sampled_from(["typ", "alg", "jwk", "kid", "crit", "x"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.lists(st.text(max_size=3), max_size=2)
        | st.dictionaries(
            st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg"]),
            st.none() | st.integers() | st.text(max_size=5),
        ),
    )
)
def test_no_header_raises_anything_but_a_refusal(changes: dict[str, Any]):
    prover = Prover()
    token = forge(prover.header() | changes, {}, prover.sign)
    with suppress(jose.JwtRefused):
        read(token)
