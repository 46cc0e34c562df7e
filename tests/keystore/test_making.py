from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.keystore import making, private_files
from idp.keystore.errors import KeystoreError, KeystoreExistsError, KeystoreUnfinishedError
from idp.keystore.files import FileKeystore
from tests.support.time import FrozenClock, SeededEntropy


def make(folder: Path, wrapping_key: bytes) -> FileKeystore:
    return FileKeystore.create(folder, wrapping_key, SeededEntropy(9), FrozenClock())


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_wrapping_key_of_another_length_makes_nothing(tmp_path: Path, key: bytes):
    with pytest.raises(ValueError, match="is 32 bytes"):
        make(tmp_path / "new", key)
    assert not (tmp_path / "new").exists()


def test_a_store_is_never_made_over_something(folder: Path, wrapping_key: bytes, tmp_path: Path):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeystoreExistsError, match="not empty"):
        make(folder, wrapping_key)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(KeystoreExistsError, match="not empty"):
        make(tmp_path / "other", wrapping_key)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter.txt"]


def test_an_empty_folder_is_closed_to_others_when_a_store_is_made(
    tmp_path: Path, wrapping_key: bytes
):
    mounted = tmp_path / "mounted"
    mounted.mkdir(mode=0o755)
    make(mounted, wrapping_key)
    assert mounted.stat().st_mode & 0o777 == 0o700


def test_of_several_makers_at_once_one_succeeds(tmp_path: Path, wrapping_key: bytes):
    def attempt(_number: int) -> FileKeystore | KeystoreError:
        try:
            return make(tmp_path / "keys", wrapping_key)
        except KeystoreError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    [made] = [outcome for outcome in outcomes if isinstance(outcome, FileKeystore)]
    refusals = {type(outcome) for outcome in outcomes if outcome is not made}
    assert refusals <= {KeystoreExistsError, KeystoreUnfinishedError}
    reopened = FileKeystore.open(tmp_path / "keys", wrapping_key)
    assert [key.kid for key in reopened.signers()] == [key.kid for key in made.signers()]


def test_a_half_made_store_neither_opens_nor_is_made_over(tmp_path: Path, wrapping_key: bytes):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    making._claim(folder)
    for attempt in (FileKeystore.open, make):
        with pytest.raises(KeystoreUnfinishedError, match="delete the folder"):
            attempt(folder, wrapping_key)


def test_a_store_made_by_another_at_the_last_moment_is_left_alone(folder: Path):
    before = sorted(folder.iterdir())
    with pytest.raises(KeystoreExistsError):
        making._claim(folder)
    assert sorted(folder.iterdir()) == before


def test_a_full_disk_leaves_no_key_behind(
    tmp_path: Path, wrapping_key: bytes, monkeypatch: pytest.MonkeyPatch
):
    folder, write = tmp_path / "keys", private_files.write_private

    def fills_up(path: Path, content: bytes) -> None:
        if len(list(folder.iterdir())) > 3:
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(making, "write_private", fills_up)
    with pytest.raises(OSError, match="No space left"):
        make(folder, wrapping_key)
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    make(folder, wrapping_key)
