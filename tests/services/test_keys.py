import json
from typing import Any

import pytest

from idp.domain.signing_key import ALGORITHMS, REQUIRED
from idp.keystore.memory import MemoryKeystore
from idp.protocol import jose
from idp.services.keys import SigningKeys
from tests.support.time import FrozenClock


@pytest.mark.spec("RFC 7517 §5")
def test_the_published_set_holds_every_public_key_and_nothing_private(keystore: MemoryKeystore):
    published = json.loads(SigningKeys(keystore.signers(), FrozenClock()).jwks)["keys"]
    assert {key["alg"] for key in published} == set(ALGORITHMS)
    assert {key["kid"] for key in published} == {signer.kid for signer in keystore.signers()}
    for key in published:
        assert key["use"] == "sig"
        assert set(key) <= {"kty", "alg", "use", "kid", "n", "e", "crv", "x", "y"}


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_what_is_signed_verifies_with_what_is_published(keystore: MemoryKeystore, alg: str):
    keys = SigningKeys(keystore.signers(), FrozenClock())
    token = await keys.sign(alg, {"sub": "somebody"}, typ="JWT")
    published = jose.PublicKeys(json.loads(keys.jwks))
    verified = jose.verify(token, published, algs=[alg], typs=["jwt"])
    assert verified.claims == {"sub": "somebody"}


@pytest.mark.parametrize("missing", REQUIRED)
def test_an_algorithm_without_a_key_is_noticed_at_start(keystore: MemoryKeystore, missing: str):
    left = [signer for signer in keystore.signers() if signer.alg != missing]
    with pytest.raises(ValueError, match=missing):
        SigningKeys(left, FrozenClock())


def row_of(signer: Any) -> dict[str, Any]:
    """An active key as it stands in the table."""
    times = dict.fromkeys(("activated_at", "retired_at", "removed_at", "seen_at"))
    public = json.dumps(dict(signer.public_jwk))
    known = {"kid": signer.kid, "alg": signer.alg, "state": "active", "public_jwk": public}
    return known | times | {"published_at": 0}


async def test_what_was_vouched_for_under_a_key_goes_with_the_key(keystore: MemoryKeystore):
    keys = SigningKeys(keystore.signers(), FrozenClock())
    token = await keys.sign_to_read_back("ES256", {"sub": "somebody"}, typ="at+jwt")
    other_signature = token.rpartition(".")[0] + "." + "A" * 86
    keys.public.vouch(other_signature)
    for read in (token, other_signature):
        assert jose.verify(read, keys.public, algs=["ES256"], typs=["at+jwt"]).claims
    rows = [row_of(signer) for signer in keystore.signers()]
    keys.follow(rows)
    assert jose.verify(other_signature, keys.public, algs=["ES256"], typs=["at+jwt"]).claims
    stolen = [row | {"state": "compromised"} if row["alg"] == "ES256" else row for row in rows]
    keys.follow(stolen)
    for read in (token, other_signature):
        with pytest.raises(jose.JwtRefused, match="unknown kid"):
            jose.verify(read, keys.public, algs=["ES256"], typs=["at+jwt"])
    keys.follow(rows)  # nothing of before is remembered
    with pytest.raises(jose.JwtRefused, match="signature"):
        jose.verify(other_signature, keys.public, algs=["ES256"], typs=["at+jwt"])


async def test_keys_that_were_all_given_up_verify_nothing(keystore: MemoryKeystore):
    """Least of all those of before."""
    keys = SigningKeys(keystore.signers(), FrozenClock())
    token = await keys.sign("ES256", {"sub": "somebody"}, typ="JWT")
    keys.follow([])
    for public in (keys.public, keys.known):
        with pytest.raises(jose.JwtRefused):
            jose.verify(token, public, algs=["ES256"], typs=["jwt"])
        assert not public.knows("any")
    assert json.loads(keys.jwks) == {"keys": []}
