"""A PKCS#11 token: what it holds stays there, and its absence is told, not waited for."""

import shutil
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from idp.keystore import held, token_keys
from idp.keystore import pkcs11 as in_token
from idp.keystore.errors import (
    TokenElsewhereError,
    TokenKeyError,
    TokenKeyGoneError,
    TokenLacksAlgorithmError,
    TokenRefusedError,
    WrappingKeyWrongError,
)
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import Wrapper
from idp.keystore.public_keys import holds
from idp.keystore.token import Token
from idp.keystore.token_session import Opened
from tests.keystore.conftest import WRAPPING_KEY, Shelf
from tests.support.softhsm import PIN, SoftHsm
from tests.support.time import FrozenClock, SeededEntropy

ENTROPY = SeededEntropy(21)


@pytest.fixture
def key_id() -> bytes:
    return ENTROPY.bytes(16)


@pytest.fixture
def folder(pristine: Any, tmp_path: Path) -> Path:
    shelf: Shelf = pristine("token").copy(tmp_path / "keys")
    return shelf.folder


def in_session(token: Token, work: Any) -> Any:
    return token._do(lambda opened: work(opened.session))


def private(session: pkcs11.Session, key_id: bytes) -> Any:
    return token_keys.find(session, ObjectClass.PRIVATE_KEY, key_id)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
async def test_a_key_for_every_algorithm_is_made_in_the_token_and_signs(
    token: Token, key_id: bytes, alg: Any
):
    signer = token.make(alg, key_id)
    again = token.signer(alg, key_id, signer.public)
    for one in (signer, again):
        assert holds(alg, signer.public, await one.sign(b"what is signed"), b"what is signed")
    token.destroy(key_id)
    with pytest.raises(TokenKeyError, match="no key"):
        await signer.sign(b"what is signed")


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_private_key_cannot_be_taken_out_and_does_nothing_but_sign(
    token: Token, key_id: bytes, alg: Any
):
    token.make(alg, key_id)

    def look(session: pkcs11.Session) -> dict[str, bool]:
        key = private(session, key_id)
        return {name: bool(key[Attribute[name]]) for name in (*is_so, *is_not)}

    is_so = ("SENSITIVE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "LOCAL", "SIGN")
    is_not = ("EXTRACTABLE", "DECRYPT", "UNWRAP", "DERIVE")
    assert in_session(token, look) == dict.fromkeys(is_so, True) | dict.fromkeys(is_not, False)

    def take(session: pkcs11.Session) -> Any:
        secret = {"RS256": Attribute.PRIVATE_EXPONENT, "ES256": Attribute.VALUE}
        return private(session, key_id)[secret[alg]]

    with pytest.raises(TokenRefusedError, match="AttributeSensitive"):
        in_session(token, take)
    token.destroy(key_id)


def test_the_key_that_gives_the_wrapping_key_cannot_be_taken_out(token: Token, key_id: bytes):
    given = token.make_wrapping(key_id)
    assert token.wrapping_key(key_id) == given
    assert len(set(given)) > 16

    def take(session: pkcs11.Session) -> Any:
        return token_keys.find(session, ObjectClass.SECRET_KEY, key_id)[Attribute.VALUE]

    with pytest.raises(TokenRefusedError, match="AttributeSensitive"):
        in_session(token, take)
    token.destroy(key_id)


def test_a_key_that_could_be_taken_out_is_refused(token: Token, key_id: bytes):
    signer = token.make("ES256", key_id)

    def exchange(session: pkcs11.Session) -> None:
        token_keys.destroy(session, key_id)
        parameters = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: token_keys._P256}, local=True
        )
        parameters.generate_keypair(
            id=key_id,
            store=True,
            mechanism=Mechanism.EC_KEY_PAIR_GEN,
            private_template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
        )

    in_session(token, exchange)
    with pytest.raises(TokenKeyError, match="could be taken out"):
        token.signer("ES256", key_id, signer.public)
    token.destroy(key_id)


async def test_another_key_under_the_same_id_signs_nothing(token: Token, key_id: bytes):
    signer = token.make("ES256", key_id)
    token.make("ES256", key_id)
    with pytest.raises(TokenKeyError, match="is not that of"):
        await signer.sign(b"what is signed")
    with pytest.raises(TokenKeyError, match="is not that of"):
        token.signer("ES256", key_id, signer.public)
    token.destroy(key_id)


def test_an_algorithm_that_the_token_lacks_is_refused_by_name(
    token: Token, key_id: bytes, monkeypatch: pytest.MonkeyPatch
):
    lacking = token_keys._GENERATE | {
        "Ed25519": (KeyType.EC_EDWARDS, Mechanism.X9_42_DH_KEY_PAIR_GEN)
    }
    monkeypatch.setattr(token_keys, "_GENERATE", lacking)
    with pytest.raises(TokenLacksAlgorithmError, match="makes no keys for Ed25519"):
        token.make("Ed25519", key_id)


def test_the_folder_alone_opens_nothing(folder: Path, token: Token, softhsm: SoftHsm):
    with pytest.raises(TokenElsewhereError, match="in a token"):
        FileKeystore.open(folder, WRAPPING_KEY)
    other = Token(softhsm.module, softhsm.new_token(), PIN)
    with pytest.raises(TokenKeyError, match="no key"):
        in_token.open_store(folder, other)
    one_more = ENTROPY.bytes(16)
    wrapper = Wrapper(token.make_wrapping(one_more), token, one_more.hex())
    with pytest.raises(WrappingKeyWrongError):
        FileKeystore.open_by(folder, wrapper)
    token.destroy(one_more)


def test_an_older_copy_of_the_folder_opens_without_the_keys_destroyed_since(
    folder: Path, token: Token, tmp_path: Path
):
    store = in_token.open_store(folder, token)
    before = [signer.kid for signer in store.signers()]
    older, oldest = (store.make("ES256", ENTROPY, FrozenClock()).kid for _ in range(2))
    shutil.copytree(folder, tmp_path / "copy")
    store.destroy(oldest, ENTROPY)

    brought_back = in_token.open_store(tmp_path / "copy", token)
    assert sorted(one.kid for one in brought_back.signers()) == sorted([*before, older])
    brought_back.destroy(oldest, ENTROPY)
    assert not [path for path in (tmp_path / "copy").iterdir() if oldest in path.name]
    store.destroy(older, ENTROPY)


def test_without_any_key_of_an_algorithm_nothing_opens_and_all_can_be_taken_back(
    token: Token, tmp_path: Path
):
    in_token.create(tmp_path / "keys", token, ENTROPY, FrozenClock())
    [file] = (tmp_path / "keys").glob("signing-ES256-*")
    key_id = held.key_id_of(file)
    assert key_id is not None
    token.destroy(bytes.fromhex(key_id))
    with pytest.raises(TokenKeyGoneError, match=key_id):
        in_token.open_store(tmp_path / "keys", token)

    wrapping = in_token.wrapper_of(tmp_path / "keys", token).token_key
    in_token.unmake(tmp_path / "keys", token)
    with pytest.raises(TokenKeyGoneError, match=wrapping):
        in_token.open_store(tmp_path / "keys", token)


def test_a_store_in_files_is_not_opened_by_a_token(pristine: Any, token: Token):
    with pytest.raises(TokenElsewhereError, match="not in a token"):
        in_token.open_store(pristine("files").folder, token)


def test_a_store_whose_making_fails_leaves_no_key_in_the_token(
    token: Token, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def ids() -> int:
        classes = (ObjectClass.PRIVATE_KEY, ObjectClass.SECRET_KEY)
        return sum(
            in_session(token, lambda s, c=one: len(list(s.get_objects({Attribute.CLASS: c}))))
            for one in classes
        )

    before = ids()
    full = OSError(28, "No space left on device")
    monkeypatch.setattr("idp.keystore.making.write_private", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(OSError, match="No space left"):
        in_token.create(tmp_path / "keys", token, ENTROPY, FrozenClock())
    assert list((tmp_path / "keys").iterdir()) == []
    assert ids() == before


def test_no_error_and_no_repr_shows_the_pin(token: Token, folder: Path):
    store = in_token.open_store(folder, token)
    shown = f"{token!r} {store!r} {store.signers()!r} {Opened!r}"
    assert PIN not in shown
