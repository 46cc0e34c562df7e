"""Public halves; each of these signs by the library's own hand."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwk

from idp.keystore.public_keys import (
    PublicKey,
    from_der,
    from_ec_point,
    from_ed25519_point,
    from_rsa,
    holds,
    public_jwk,
    to_der,
)
from tests.support.jwt import rsa_key

DATA = b"what is signed"
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def _raw() -> bytes:
    r, s = decode_dss_signature(EC.sign(DATA, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _signed(alg: str) -> tuple[PublicKey, bytes]:
    if alg == "RS256":
        return rsa_key().public_key(), rsa_key().sign(DATA, padding.PKCS1v15(), SHA256())
    if alg == "PS256":
        pss = padding.PSS(padding.MGF1(SHA256()), 32)
        return rsa_key().public_key(), rsa_key().sign(DATA, pss, SHA256())
    return (EC.public_key(), _raw()) if alg == "ES256" else (ED.public_key(), ED.sign(DATA))


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
def test_only_the_keys_own_signature_of_the_very_bytes_holds(alg: str):
    key, signature = _signed(alg)
    assert holds(alg, key, signature, DATA)
    assert holds(alg, from_der(to_der(key)), signature, DATA)
    assert not holds(alg, key, signature, DATA + b".")
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(len(signature))):
        assert not holds(alg, key, wrong, DATA)


@pytest.mark.spec("RFC 7518 §3.5")
def test_one_rsa_padding_is_not_the_other():
    key, signature = _signed("RS256")
    assert not holds("PS256", key, signature, DATA)


@pytest.mark.spec("RFC 7638 §3.2")
@pytest.mark.spec("RFC 8037 §2")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "Ed25519"])
def test_a_kid_is_what_an_independent_library_computes(alg: str):
    shown = public_jwk(alg, _signed(alg)[0])
    assert shown["kid"] == jwk.import_key(dict(shown)).thumbprint()
    assert (shown["alg"], shown["use"]) == (alg, "sig")


def test_a_point_is_read_wrapped_or_not():
    numbers = EC.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    for prefix in (b"", b"\x04\x41"):
        assert from_ec_point(prefix + point) == EC.public_key()
    for prefix in (b"", b"\x04\x20"):
        assert from_ed25519_point(prefix + ED.public_key().public_bytes_raw()) == ED.public_key()
    rsa_numbers = rsa_key().public_key().public_numbers()
    modulus = rsa_numbers.n.to_bytes(256, "big")
    assert from_rsa(modulus, b"\1\0\1") == rsa_key().public_key()


def test_what_is_no_key_of_ours_is_refused():
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(ValueError, match="P-256"):
        public_jwk("ES256", other)
    with pytest.raises(ValueError, match="point"):
        from_ec_point(bytes(65))
