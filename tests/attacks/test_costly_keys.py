"""Keys that cost whoever verifies: anybody may name the client that registered them."""

import pytest

from idp.domain import base64url
from idp.protocol import jose
from tests.support.jwt import key


def rsa_jwk(bits: int, exponent: int = 65537, **members: str) -> dict[str, str]:
    """The shape of a key of `bits`; nothing ever signed with it."""

    def text(number: int) -> str:
        return base64url.encode(number.to_bytes(-(-number.bit_length() // 8), "big"))

    return {"kty": "RSA", "n": text(2 ** (bits - 1) + 1), "e": text(exponent)} | members


@pytest.mark.spec("RFC 7518 §3.3")
@pytest.mark.parametrize(
    "jwk",
    [
        rsa_jwk(2047),
        rsa_jwk(4097),
        rsa_jwk(16384),
        rsa_jwk(200_000),
        rsa_jwk(3072, 2**3070 + 1),
        rsa_jwk(2048, 2**32 + 1),
        rsa_jwk(2048, 1),
        rsa_jwk(2048, p="AQ"),
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "priv": "AA"},
    ],
    ids=lambda jwk: f"{jwk['kty']} {len(jwk.get('n', ''))} {len(jwk.get('e', ''))}",
)
def test_a_key_that_is_weak_or_costly_or_private_is_no_clients_key(jwk: dict[str, str]):
    """One verification by a 16,384-bit key takes 70 ms, and anybody may ask for it."""
    with pytest.raises(jose.JwtRefused):
        jose.PublicKeys({"keys": [jwk]})
    jose.PublicKeys({"keys": [rsa_jwk(2048), rsa_jwk(4096, 2**32 - 1)]})


def test_a_client_has_few_keys():
    """Each is parsed whenever the client is read, and with the client every list of clients."""
    some = [dict(key().public_jwk) for _ in range(jose.MOST_KEYS)]
    jose.keys_of_client({"keys": some})
    with pytest.raises(jose.JwtRefused):
        jose.keys_of_client({"keys": [*some, some[0]]})
