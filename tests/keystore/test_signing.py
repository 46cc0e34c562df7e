import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.domain.signing_key import Algorithm
from idp.keystore.keyring import Keyring, in_order
from idp.keystore.memory import MemoryKeystore
from idp.keystore.public_keys import thumbprint
from idp.keystore.signing import (
    Es256Signer,
    Rs256Signer,
    derive_signer,
    from_der,
    generate,
    signer_for,
    to_der,
)
from tests.support.time import SeededEntropy

EC = generate("ES256")
RFC_7638_EXAMPLE = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ"
        "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW"
        "2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQ"
        "Fh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


@pytest.mark.spec("RFC 7638 §3.1")
def test_the_standards_own_key_has_its_thumbprint():
    assert thumbprint(RFC_7638_EXAMPLE) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.spec("RFC 7638 §3.2")
def test_a_thumbprint_ignores_every_member_that_is_not_required():
    required = {name: RFC_7638_EXAMPLE[name] for name in ("n", "kty", "e")}
    assert thumbprint(required) == thumbprint(RFC_7638_EXAMPLE)


@pytest.mark.spec("RFC 7518 §3.3")
def test_a_short_rsa_key_is_refused():
    with pytest.raises(ValueError, match="2048 bits"):
        Rs256Signer(rsa.generate_private_key(65537, 1024))  # noqa: S505 - what is refused


@pytest.mark.spec("RFC 7518 §3.4")
def test_another_curve_is_refused():
    with pytest.raises(ValueError, match="P-256"):
        Es256Signer(ec.generate_private_key(ec.SECP384R1()))


@pytest.mark.spec("RFC 8725 §3.1")
@pytest.mark.parametrize(
    ("kept", "claimed"),
    [
        ("RS256", "ES256"),
        ("ES256", "RS256"),
        ("ES256", "Ed25519"),
        ("Ed25519", "ES256"),
        ("Ed25519", "PS256"),
    ],
)
def test_a_key_never_signs_under_another_keys_algorithm(kept: Algorithm, claimed: Algorithm):
    with pytest.raises(ValueError, match=f"not a key for {claimed}"):
        from_der(claimed, to_der(generate(kept)))


@pytest.mark.spec("RFC 7518 §6.2.1.2")
def test_a_coordinate_keeps_its_leading_zeros():
    private = 1
    while True:
        key = ec.derive_private_key(private, ec.SECP256R1())
        if key.public_key().public_numbers().x < 1 << 248:
            break
        private += 1
    assert {len(Es256Signer(key).public_jwk[name]) for name in ("x", "y")} == {43}


def test_a_ring_with_a_key_missing_is_refused():
    whole = MemoryKeystore.create(SeededEntropy())
    rs256, ps256, es256, ed25519 = whole.signers()
    with pytest.raises(ValueError, match="no active key for RS256"):
        Keyring([ps256, es256, ed25519], whole._secrets)
    with pytest.raises(ValueError, match="no active key for link, field, dedup, session, audit"):
        Keyring([rs256, es256], {})


@pytest.mark.spec("RFC 8725 §3.1")
def test_an_rsa_key_serves_one_algorithm():
    key = generate("RS256")
    both = [signer_for("RS256", key), signer_for("PS256", key), signer_for("ES256", EC)]
    with pytest.raises(ValueError, match="one algorithm"):
        in_order(both)


def test_a_derived_key_is_one_of_its_secret_and_its_purpose():
    first = derive_signer(b"s" * 32, b"one")
    assert derive_signer(b"s" * 32, b"one").public_jwk == first.public_jwk
    assert derive_signer(b"s" * 32, b"two").kid != first.kid
    assert derive_signer(b"t" * 32, b"one").kid != first.kid
