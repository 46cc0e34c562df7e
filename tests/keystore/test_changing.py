"""A key comes and goes; killed at any moment, the store opens as it was or as it will be."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import REQUIRED
from idp.keystore import changing, making
from idp.keystore.errors import KeystoreOutdatedError, KeystoreUnfinishedError
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import Wrapper
from idp.keystore.token import Token
from tests.keystore.conftest import WRAPPING_KEY, Shelf
from tests.support.time import FrozenClock, SeededEntropy

ENTROPY = SeededEntropy(3)
STEPS = {
    ("files", "make"): 9,
    ("files", "destroy"): 8,
    ("token", "make"): 15,
    ("token", "destroy"): 10,
}


class Killed(BaseException):
    """Stands for the end of the process."""


def kill_after(steps: int, broken: pytest.MonkeyPatch) -> None:
    """Let the process end before one more step than ``steps`` reaches the disk."""
    left = [steps]

    def until_killed(work):  # noqa: ANN001
        def doing(*given, **named):  # noqa: ANN002, ANN003
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return work(*given, **named)

        return doing

    def around(work):  # noqa: ANN001
        def doing(*given, **named):  # noqa: ANN002, ANN003
            done = until_killed(work)(*given, **named)
            until_killed(bool)()
            return done

        return doing

    for name in ("rename", "replace", "unlink"):
        broken.setattr(Path, name, until_killed(getattr(Path, name)))
    broken.setattr(os, "fsync", until_killed(os.fsync))
    for name in ("make", "destroy"):  # killed before it reaches a token, or when it is done
        broken.setattr(Token, name, around(getattr(Token, name)))


def kids(store: FileKeystore) -> list[str]:
    return [signer.kid for signer in store.signers()]


def test_a_key_made_is_there_for_whoever_opens_the_store(shelf: Shelf):
    store, other = shelf.open(), shelf.open()
    made = store.make("ES256", ENTROPY, FrozenClock())
    assert made.kid in kids(store)
    assert made.kid in {signer.kid for signer in other.look_again()}
    assert made.kid in kids(shelf.open())


def test_a_key_destroyed_leaves_nothing(shelf: Shelf):
    store = shelf.open()
    before = kids(store)
    made = store.make("ES256", ENTROPY, FrozenClock())
    store.destroy(made.kid, ENTROPY)
    store.destroy(made.kid, ENTROPY)
    assert kids(store) == kids(shelf.open()) == before
    assert not [path for path in shelf.folder.iterdir() if made.kid in path.name]
    assert shelf.in_token() == shelf.others


def test_the_last_key_of_an_algorithm_is_not_destroyed(shelf: Shelf):
    store = shelf.open()
    before = kids(store)
    for signer in store.signers():
        if signer.alg in REQUIRED:
            with pytest.raises(ValueError, match="no active key"):
                store.destroy(signer.kid, ENTROPY)
    assert kids(shelf.open()) == before


def test_two_processes_do_not_change_a_store_at_once(shelf: Shelf):
    store = shelf.open()
    with changing.changing(shelf.folder), pytest.raises(KeystoreUnfinishedError):
        store.make("ES256", ENTROPY, FrozenClock())
    store.make("ES256", ENTROPY, FrozenClock())


@pytest.mark.parametrize(
    ("shelf", "act", "steps"),
    [(*which, steps) for which, all_of_them in STEPS.items() for steps in range(all_of_them + 1)],
    indirect=["shelf"],
)
def test_killed_at_any_step_the_store_opens_and_can_be_changed_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, act: str, steps: int
):
    store, killed = shelf.open(), False
    made = len(kids(store))
    old = store.make("ES256", ENTROPY, FrozenClock())
    with monkeypatch.context() as broken:
        kill_after(steps, broken)
        try:
            if act == "make":
                store.make("ES256", ENTROPY, FrozenClock())
            else:
                store.destroy(old.kid, ENTROPY)
        except Killed:
            killed = True

    assert killed == (steps < STEPS[shelf.kind, act])
    again = shelf.open()
    assert len(kids(again)) - made in ({1, 2} if act == "make" else {0, 1})
    last = again.make("ES256", ENTROPY, FrozenClock())
    assert last.kid in {signer.kid for signer in again.look_again()}
    assert not [path for path in shelf.folder.iterdir() if path.name.startswith(".")]
    if shelf.kind == "token":
        assert len(shelf.in_token() - shelf.others) == len(kids(again)) - made


@pytest.fixture(scope="module")
def made_by_an_older_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older") / "keys"
    known = [domain for domain in SecretDomain if domain is not SecretDomain.AUDIT]
    with pytest.MonkeyPatch.context() as before:
        before.setattr(making, "SecretDomain", known)
        making.make_store(folder, Wrapper(WRAPPING_KEY), ENTROPY, FrozenClock())
    return folder


@pytest.fixture
def old_folder(made_by_an_older_version: Path, tmp_path: Path) -> Path:
    """Give a key store that was made before there was a secret for the audit log."""
    return shutil.copytree(made_by_an_older_version, tmp_path / "old")


def test_an_older_store_is_completed_once_and_keeps_all_it_has(
    old_folder: Path, wrapping_key: bytes
):
    files = {path.name: path.read_bytes() for path in old_folder.iterdir()}
    with pytest.raises(KeystoreOutdatedError, match=r"secret for audit.*idp migrate"):
        FileKeystore.open(old_folder, wrapping_key)
    added = [
        FileKeystore.complete(old_folder, Wrapper(wrapping_key), ENTROPY, FrozenClock())
        for _ in range(2)
    ]
    assert added == [["audit"], []]
    drawn = FileKeystore.open(old_folder, wrapping_key).secret(SecretDomain.AUDIT).active_key
    assert (
        drawn == FileKeystore.open(old_folder, wrapping_key).secret(SecretDomain.AUDIT).active_key
    )
    assert all(
        (old_folder / name).read_bytes() == content
        for name, content in files.items()
        if name != "keystore.json"
    )


@pytest.mark.parametrize("steps", range(10))
def test_completing_that_was_killed_is_done_again(
    old_folder: Path, wrapping_key: bytes, monkeypatch: pytest.MonkeyPatch, steps: int
):
    with monkeypatch.context() as broken:
        kill_after(steps, broken)
        with contextlib.suppress(Killed):
            FileKeystore.complete(old_folder, Wrapper(wrapping_key), ENTROPY, FrozenClock())
    FileKeystore.complete(old_folder, Wrapper(wrapping_key), ENTROPY, FrozenClock())
    store = FileKeystore.open(old_folder, wrapping_key)
    store.make_secret(SecretDomain.AUDIT, 2, ENTROPY, FrozenClock())
    assert sorted(store.secret(SecretDomain.AUDIT).versions) == [1, 2]
    assert not [path for path in old_folder.iterdir() if path.name.startswith(".")]
