"""A key comes and goes; killed at any moment, the store opens as it was or as it will be."""

import contextlib
import os
from pathlib import Path

import pytest

from idp.domain.secret_key import SecretDomain
from idp.keystore import changing, making
from idp.keystore.errors import KeystoreOutdatedError, KeystoreUnfinishedError
from idp.keystore.files import FileKeystore
from tests.support.time import FrozenClock, SeededEntropy

ENTROPY = SeededEntropy(3)


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

    for name in ("rename", "replace", "unlink"):
        broken.setattr(Path, name, until_killed(getattr(Path, name)))
    broken.setattr(os, "fsync", until_killed(os.fsync))


def kids(store: FileKeystore) -> list[str]:
    return [signer.kid for signer in store.signers()]


def test_a_key_made_is_there_for_whoever_opens_the_store(folder: Path, wrapping_key: bytes):
    store, other = (FileKeystore.open(folder, wrapping_key) for _ in range(2))
    made = store.make("ES256", ENTROPY, FrozenClock())
    assert made.kid in kids(store)
    assert made.kid in {signer.kid for signer in other.look_again()}
    assert made.kid in kids(FileKeystore.open(folder, wrapping_key))


def test_a_key_destroyed_leaves_no_file(folder: Path, wrapping_key: bytes):
    store = FileKeystore.open(folder, wrapping_key)
    before = kids(store)
    made = store.make("ES256", ENTROPY, FrozenClock())
    store.destroy(made.kid, ENTROPY)
    store.destroy(made.kid, ENTROPY)
    assert kids(store) == kids(FileKeystore.open(folder, wrapping_key)) == before
    assert not [path for path in folder.iterdir() if made.kid in path.name]


def test_the_last_key_of_an_algorithm_is_not_destroyed(folder: Path, wrapping_key: bytes):
    store = FileKeystore.open(folder, wrapping_key)
    for kid in kids(store):
        with pytest.raises(ValueError, match="no active key"):
            store.destroy(kid, ENTROPY)
    assert len(kids(FileKeystore.open(folder, wrapping_key))) == 2


def test_two_processes_do_not_change_a_store_at_once(folder: Path, wrapping_key: bytes):
    store = FileKeystore.open(folder, wrapping_key)
    with changing.changing(folder), pytest.raises(KeystoreUnfinishedError):
        store.make("ES256", ENTROPY, FrozenClock())
    store.make("ES256", ENTROPY, FrozenClock())


@pytest.mark.parametrize("act", ["make", "destroy"])
@pytest.mark.parametrize("steps", range(12))
def test_killed_at_any_step_the_store_opens_and_can_be_changed_again(
    folder: Path, wrapping_key: bytes, monkeypatch: pytest.MonkeyPatch, act: str, steps: int
):
    store = FileKeystore.open(folder, wrapping_key)
    old = store.make("ES256", ENTROPY, FrozenClock())
    with monkeypatch.context() as broken:
        kill_after(steps, broken)
        with contextlib.suppress(Killed):
            if act == "make":
                store.make("ES256", ENTROPY, FrozenClock())
            else:
                store.destroy(old.kid, ENTROPY)

    again = FileKeystore.open(folder, wrapping_key)
    assert len(kids(again)) in ({3, 4} if act == "make" else {2, 3})
    last = again.make("ES256", ENTROPY, FrozenClock())
    assert last.kid in kids(FileKeystore.open(folder, wrapping_key))
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture
def old_folder(tmp_path: Path, wrapping_key: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a key store that was made before there was a secret for the audit log."""
    known = [domain for domain in SecretDomain if domain is not SecretDomain.AUDIT]
    with monkeypatch.context() as before:
        before.setattr(making, "SecretDomain", known)
        making.make_store(tmp_path / "old", wrapping_key, ENTROPY, FrozenClock())
    return tmp_path / "old"


def test_an_older_store_is_completed_once_and_keeps_all_it_has(
    old_folder: Path, wrapping_key: bytes
):
    files = {path.name: path.read_bytes() for path in old_folder.iterdir()}
    with pytest.raises(KeystoreOutdatedError, match=r"secret for audit.*idp migrate"):
        FileKeystore.open(old_folder, wrapping_key)
    added = [
        FileKeystore.complete(old_folder, wrapping_key, ENTROPY, FrozenClock()) for _ in range(2)
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
            FileKeystore.complete(old_folder, wrapping_key, ENTROPY, FrozenClock())
    FileKeystore.complete(old_folder, wrapping_key, ENTROPY, FrozenClock())
    store = FileKeystore.open(old_folder, wrapping_key)
    store.make_secret(SecretDomain.AUDIT, 2, ENTROPY, FrozenClock())
    assert sorted(store.secret(SecretDomain.AUDIT).versions) == [1, 2]
    assert not [path for path in old_folder.iterdir() if path.name.startswith(".")]
