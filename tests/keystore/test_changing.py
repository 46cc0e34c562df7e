"""A key comes and goes; killed at any moment, the store opens as it was or as it will be."""

import os
from pathlib import Path

import pytest

from idp.keystore import changing
from idp.keystore.errors import KeystoreUnfinishedError
from idp.keystore.files import FileKeystore
from tests.support.time import FrozenClock, SeededEntropy

ENTROPY = SeededEntropy(3)


class Killed(BaseException):
    """Stands for the end of the process."""


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
    left = [steps]

    def until_killed(work):  # noqa: ANN001
        def doing(*given, **named):  # noqa: ANN002, ANN003
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return work(*given, **named)

        return doing

    with monkeypatch.context() as broken:
        for name in ("rename", "replace", "unlink"):
            broken.setattr(Path, name, until_killed(getattr(Path, name)))
        broken.setattr(os, "fsync", until_killed(os.fsync))
        try:
            if act == "make":
                store.make("ES256", ENTROPY, FrozenClock())
            else:
                store.destroy(old.kid, ENTROPY)
        except Killed:
            pass

    again = FileKeystore.open(folder, wrapping_key)
    assert len(kids(again)) in ({3, 4} if act == "make" else {2, 3})
    last = again.make("ES256", ENTROPY, FrozenClock())
    assert last.kid in kids(FileKeystore.open(folder, wrapping_key))
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
