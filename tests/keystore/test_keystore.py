"""What every key store promises, whichever it is: in files, with a token, in memory."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from joserfc import jwk, jws

from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import ALGORITHMS, REQUIRED
from idp.keystore import Keystore
from tests.keystore.conftest import Create, Shelf
from tests.support.time import FrozenClock, SeededEntropy

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture(scope="module", params=["files", "token", "memory"])
def create(request: pytest.FixtureRequest, creators: Callable[[str], Create]) -> Create:
    return creators(request.param)


@pytest.fixture(scope="module")
def keystore(create: Create, tmp_path_factory: pytest.TempPathFactory) -> Keystore:
    """One that nothing is destroyed in."""
    return create(tmp_path_factory.mktemp("instance") / "keys", SeededEntropy(5))


def test_there_is_one_signer_for_each_algorithm(keystore: Keystore):
    found = [signer.alg for signer in keystore.signers()]
    assert found in (list(ALGORITHMS), list(REQUIRED))  # not every token knows them all


def test_keys_are_parsed_once(keystore: Keystore):
    found = [keystore.signers(), keystore.signers(), keystore.look_again()]
    assert len({tuple(map(id, signers)) for signers in found}) == 1


@pytest.mark.spec("RFC 7638 §3")
def test_a_kid_is_the_thumbprint_that_an_independent_library_computes(keystore: Keystore):
    for signer in keystore.signers():
        assert signer.kid == jwk.import_key(dict(signer.public_jwk)).thumbprint()


@pytest.mark.spec("RFC 7517 §4")
def test_a_public_jwk_says_what_it_is_for_and_holds_no_private_member(keystore: Keystore):
    for signer in keystore.signers():
        assert signer.public_jwk["kid"] == signer.kid
        assert signer.public_jwk["alg"] == signer.alg
        assert signer.public_jwk["use"] == "sig"
        assert not PRIVATE_MEMBERS & signer.public_jwk.keys()
        json.dumps(dict(signer.public_jwk))


@pytest.mark.spec("RFC 7518 §3.3")
@pytest.mark.spec("RFC 7518 §3.4")
@pytest.mark.spec("RFC 7518 §3.5")
@pytest.mark.spec("RFC 9864 §2.2")
async def test_an_independent_library_accepts_the_signatures(keystore: Keystore):
    for signer in keystore.signers():
        key = jwk.import_key(dict(signer.public_jwk))
        for number in range(20):  # ECDSA values need leading zeros now and then
            signing_input = _signing_input(signer.alg, number)
            signature = jws.deserialize_compact(
                signing_input + "." + _base64url(await signer.sign(signing_input.encode())),
                key,
                algorithms=[signer.alg],
            )
            assert signature.payload == str(number).encode()


async def test_a_signature_has_the_length_that_jws_wants(keystore: Keystore):
    for signer in keystore.signers():
        long = signer.public_jwk["kty"] == "RSA"
        lengths = {len(await signer.sign(b"input")) for _ in range(5 if long else 300)}
        assert lengths == {256 if long else 64}


def test_a_store_from_before_an_algorithm_opens_and_gets_its_key(shelf: Shelf):
    store, entropy = shelf.open(), SeededEntropy(22)
    for signer in store.signers():
        if signer.alg not in REQUIRED:
            store.destroy(signer.kid, entropy)
    assert [signer.alg for signer in shelf.open().signers()] == ["RS256", "ES256"]
    made = [store.make(alg, entropy, FrozenClock()) for alg in ("PS256", "Ed25519")]
    assert [signer.kid for signer in shelf.open().signers()[1::2]] == [one.kid for one in made]


async def test_keys_come_and_go_and_the_last_one_of_an_algorithm_stays(keystore: Keystore):
    before = list(keystore.signers())
    made = keystore.make("ES256", SeededEntropy(6), FrozenClock())
    assert sorted(one.kid for one in keystore.signers()) == sorted(
        [*(one.kid for one in before), made.kid]
    )
    assert len(await made.sign(b"input")) == 64
    assert await made.ready()
    for _ in range(2):
        keystore.destroy(made.kid, SeededEntropy(7))
    assert list(keystore.signers()) == before
    for signer in (one for one in before if one.alg in REQUIRED):
        with pytest.raises(ValueError, match="no active key"):
            keystore.destroy(signer.kid, SeededEntropy(7))


def test_a_key_of_an_unknown_algorithm_is_not_made(keystore: Keystore):
    before = list(keystore.signers())
    for alg in ("none", "HS256", "ES512", ""):
        with pytest.raises(ValueError, match="keys are for"):
            keystore.make(alg, SeededEntropy(6), FrozenClock())
    assert list(keystore.signers()) == before


async def test_a_store_that_answers_is_healthy(keystore: Keystore):
    assert await keystore.healthy()


def test_every_domain_has_a_secret_of_its_own(keystore: Keystore):
    secrets = [keystore.secret(domain) for domain in SecretDomain]
    assert len({secret.active_key for secret in secrets}) == len(SecretDomain)
    assert all(len(secret.active_key) == 32 for secret in secrets)
    assert [(secret.active, list(secret.versions)) for secret in secrets] == [(1, [1])] * 5


@pytest.mark.parametrize("kind", ["files", "token", "memory"])
def test_versions_of_a_secret_come_and_go_and_the_last_one_stays(
    kind: str, creators: Callable[[str], Create], pristine: Callable[[str], Shelf], tmp_path: Path
):
    if kind == "memory":
        store = creators(kind)(tmp_path, SeededEntropy(11))
    else:
        store = pristine(kind).copy(tmp_path / "keys").open()
    entropy = SeededEntropy(12)
    first = store.secret(SecretDomain.LINK).active_key
    for _ in range(2):  # again, after a kill
        store.make_secret(SecretDomain.LINK, 2, entropy, FrozenClock())
    both = store.secret(SecretDomain.LINK)
    assert (both.active, both.active_key, sorted(both.versions)) == (1, first, [1, 2])
    store.look_again()
    assert store.secret(SecretDomain.LINK).versions == both.versions
    assert both.under(2).active_key == both.versions[2] != first

    for _ in range(2):
        store.destroy_secret(SecretDomain.LINK, 1, entropy)
    assert dict(store.secret(SecretDomain.LINK).versions) == {2: both.versions[2]}
    with pytest.raises(ValueError, match="last version"):
        store.destroy_secret(SecretDomain.LINK, 2, entropy)
    with pytest.raises(ValueError, match="a version is 1 to"):
        store.make_secret(SecretDomain.LINK, 0, entropy, FrozenClock())


def test_secrets_come_from_the_given_entropy_and_signing_keys_do_not(
    create: Create, keystore: Keystore, tmp_path: Path
):
    same = create(tmp_path / "same", SeededEntropy(5))
    for domain in SecretDomain:
        assert same.secret(domain) == keystore.secret(domain)
    assert not {one.kid for one in same.signers()} & {one.kid for one in keystore.signers()}


def test_no_private_byte_shows_when_a_key_is_printed(keystore: Keystore):
    shown = repr(keystore) + "".join(repr(signer) for signer in keystore.signers())
    for domain in SecretDomain:
        secret = keystore.secret(domain)
        shown += repr(secret)
        assert secret.active_key.hex() not in shown
        assert repr(secret.active_key) not in shown
    assert "PRIVATE" not in shown.upper()
    assert len(shown) < 1000


def test_a_published_key_cannot_be_altered(keystore: Keystore):
    with pytest.raises(TypeError):
        keystore.signers()[0].public_jwk["kid"] = "mine"  # type: ignore[index]


def _signing_input(alg: str, number: int) -> str:
    return ".".join(
        _base64url(part) for part in (json.dumps({"alg": alg}).encode(), str(number).encode())
    )


def _base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
