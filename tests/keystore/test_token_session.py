"""The session with a token: a PIN is tried once, what is lost is opened again, a child too."""

import os
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pkcs11
import pytest
from pkcs11 import TokenFlag

from idp.keystore import pkcs11 as in_token
from idp.keystore import token_session
from idp.keystore.errors import KeystoreError, TokenPinError, TokenUnavailableError
from idp.keystore.token import Token
from tests.support.forking import holds_in_a_child
from tests.support.softhsm import PIN, SoftHsm
from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from tests.keystore.conftest import Shelf

ENTROPY = SeededEntropy(22)


@pytest.fixture
def folder(pristine: Any, tmp_path: Path) -> Path:
    shelf: Shelf = pristine("token").copy(tmp_path / "keys")
    return shelf.folder


def test_a_wrong_pin_is_tried_once(softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch):
    label = softhsm.new_token()
    token = Token(softhsm.module, label, "canary-wrong")
    for _ in range(3):
        with pytest.raises(TokenPinError, match="refused the PIN") as refused:
            token._do(lambda _: 1)
        assert "canary" not in str(refused.value) + repr(token)
        assert refused.value.__cause__ is None
        monkeypatch.setattr(token._session, "_library", None)  # what tries it again would need it
    right = Token(softhsm.module, label, PIN)
    assert right._do(lambda _: 1) == 1
    with pytest.raises(TokenPinError, match="another PIN"):
        Token(softhsm.module, label, "canary-wrong")


def test_the_last_try_of_a_pin_is_left_to_its_owner(
    softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
):
    """SoftHSM never says that it is the last; it does say that one was wrong."""
    label = softhsm.new_token()
    with pytest.raises(TokenPinError):
        Token(softhsm.module, label, "canary-wrong")._do(lambda _: 1)
    monkeypatch.setattr(token_session, "_LAST_TRY", TokenFlag.USER_PIN_COUNT_LOW)
    with pytest.raises(TokenPinError, match="it was not tried"):
        Token(softhsm.module, label, PIN)._do(lambda _: 1)


def test_a_token_or_a_library_that_is_not_there_is_named(softhsm: SoftHsm, tmp_path: Path):
    with pytest.raises(TokenUnavailableError, match="no such is not there: NoSuchToken"):
        Token(softhsm.module, "no such", PIN).make("ES256", b"id")
    with pytest.raises(TokenUnavailableError, match="loading"):
        Token(tmp_path / "none.so", "no such", PIN).make("ES256", b"id")


async def test_a_token_that_is_lost_is_told_and_taken_up_again_when_it_is_back(
    token: Token, folder: Path, gone: Any, monkeypatch: pytest.MonkeyPatch
):
    now = [monotonic() + 10]  # later than any pause
    monkeypatch.setattr("idp.keystore.token_session.monotonic", lambda: now[0])
    monkeypatch.setattr("idp.keystore.token.monotonic", lambda: now[0])
    store = in_token.open_store(folder, token)
    signer = store.signers()[1]
    assert await store.healthy()
    assert await signer.ready()

    gone(True)
    now[0] += 10
    assert not await store.healthy()  # although nothing was signed meanwhile
    now[0] += 10
    for _ in range(2):
        with pytest.raises(TokenUnavailableError) as refused:
            await signer.sign(b"input")
        assert isinstance(refused.value, KeystoreError)
    assert not await signer.ready()
    assert not await store.healthy()
    with pytest.raises(KeystoreError):
        store.make("ES256", ENTROPY, FrozenClock())

    gone(False)
    with pytest.raises(TokenUnavailableError, match="a moment ago"):
        await signer.sign(b"input")
    now[0] += 10
    assert await store.healthy()
    assert await signer.ready()
    assert len(await signer.sign(b"input")) == 64
    made = store.make("ES256", ENTROPY, FrozenClock())
    store.destroy(made.kid, ENTROPY)
    assert not list(folder.glob(".*"))  # noqa: ASYNC240


async def test_a_session_that_was_lost_alone_is_opened_again_unnoticed(token: Token, folder: Path):
    signer = in_token.open_store(folder, token).signers()[1]
    token._do(lambda opened: opened.session.close())
    assert len(await signer.sign(b"input")) == 64


def test_a_child_of_a_fork_signs_by_a_session_of_its_own(
    token: Token, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """As workers of a server that preloads; and what the child makes is seen by its parent."""
    store = in_token.open_store(folder, token)
    before = len(store.signers())
    asked: list[str] = []
    library = pkcs11.lib

    class Told:
        """The library, and what it was asked for."""

        def __init__(self, module: str) -> None:
            self._library = library(module)

        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(self._library, name)

    monkeypatch.setattr(pkcs11, "lib", Told)

    def signs() -> bool:
        store.make("ES256", SeededEntropy(os.getpid()), FrozenClock())
        return "reinitialize" in asked

    assert holds_in_a_child(signs)
    assert len(store.look_again()) == before + 1
