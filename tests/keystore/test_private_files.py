import os
import stat
from pathlib import Path

import pytest

from idp.keystore.errors import (
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileUnreadableError,
    PermissionsTooLooseError,
    WrongOwnerError,
)
from idp.keystore.private_files import (
    LARGEST_FILE_BYTES,
    check_folder,
    read_private,
    write_new_private,
    write_private,
)

STRANGER = 4242
LOOSE_FILE_MODES = [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777]
LOOSE_FOLDER_MODES = [0o750, 0o705, 0o755, 0o711, 0o770, 0o777, 0o1777]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a key.json"
    write_private(path, b"key")
    return path


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `path` another user's, as far as this process may."""
    if os.geteuid() == 0:
        os.chown(path, STRANGER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


@pytest.mark.parametrize("mode", LOOSE_FILE_MODES)
def test_a_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(
    file: Path, mode: int
):
    file.chmod(mode)
    with pytest.raises(PermissionsTooLooseError) as raised:
        read_private(file)
    assert str(raised.value).endswith(f"Run: chmod 600 '{file}'")
    file.chmod(0o600)
    assert read_private(file) == b"key"


@pytest.mark.parametrize("mode", LOOSE_FOLDER_MODES)
def test_a_folder_that_others_may_enter_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
):
    folder = tmp_path / "my keys"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionsTooLooseError) as raised:
        check_folder(folder)
    assert str(raised.value).endswith(f"Run: chmod 700 '{folder}'")
    folder.chmod(0o700)
    check_folder(folder)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_owners_alone_is_read(file: Path, mode: int):
    file.chmod(mode)
    assert read_private(file) == b"key"


def test_another_users_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch):
    give_away(file, monkeypatch)
    with pytest.raises(WrongOwnerError, match=str(file)):
        read_private(file)


def test_root_is_told_to_work_as_the_owner_and_others_to_take_the_file(file: Path):
    assert "sudo -u '#998' idp" in str(WrongOwnerError(file, 0, 998))
    assert f"chown 1000 '{file}'" in str(WrongOwnerError(file, 1000, 998))


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    give_away(folder, monkeypatch)
    with pytest.raises(WrongOwnerError, match=str(folder)):
        check_folder(folder)


def test_a_link_a_folder_and_a_pipe_are_no_key_files(file: Path, tmp_path: Path):
    link, folder, pipe = (tmp_path / name for name in ("link", "folder", "pipe"))
    link.symlink_to(file)
    folder.mkdir(mode=0o700)
    os.mkfifo(pipe, 0o600)
    for path in (link, folder, pipe):
        with pytest.raises(KeyFileForeignError, match=str(path)):
            read_private(path)
    with pytest.raises(KeyFileForeignError, match="a folder is needed"):
        check_folder(file)


def test_a_huge_file_is_refused(file: Path):
    write_private(file, b"x" * (LARGEST_FILE_BYTES + 1))
    with pytest.raises(KeyFileMalformedError):
        read_private(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(KeyFileUnreadableError, match="No such file") as raised:
        read_private(tmp_path / "none.json")
    assert str(tmp_path / "none.json") in str(raised.value)
    for write in (write_private, write_new_private):
        with pytest.raises(KeyFileUnreadableError, match="No such file"):
            write(tmp_path / "none" / "key.json", b"key")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_written_file_is_the_owners_alone_whatever_the_umask(tmp_path: Path, umask: int):
    before = os.umask(umask)
    try:
        write_private(tmp_path / "key", b"key")
        write_new_private(tmp_path / "new", b"key")
    finally:
        os.umask(before)
    for name in ("key", "new"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_writing_replaces_the_whole_file_and_leaves_nothing_else(file: Path):
    opened_before = file.open("rb")
    write_private(file, b"second")
    with opened_before:
        assert opened_before.read() == b"key"  # a reader keeps the old file, never half of each
    assert file.read_bytes() == b"second"
    assert list(file.parent.iterdir()) == [file]


def test_a_new_file_is_never_written_over(file: Path):
    with pytest.raises(FileExistsError):
        write_new_private(file, b"second")
    assert file.read_bytes() == b"key"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(file: Path):
    # A leftover of an interrupted write: refused rather than followed or reused.
    folder_in_the_way = file.with_name("folder")
    folder_in_the_way.mkdir()
    with pytest.raises(KeyFileUnreadableError):
        write_private(folder_in_the_way, b"key")
    assert sorted(path.name for path in file.parent.iterdir()) == ["a key.json", "folder"]
