"""Files that only their owner may touch: the checks before reading, the care in writing.

The rules: a folder is 0700 or tighter, a file 0600 or tighter, both owned by the user this process
runs as or by root. Permissions are read from the opened file, not from its name, so that nobody
exchanges the file between the check and the reading (CWE-367).
"""

import os
import stat
from pathlib import Path
from typing import Final

from idp.keystore.errors import (
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileUnreadableError,
    PermissionsTooLooseError,
    WrongOwnerError,
)

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
UNFINISHED: Final = ".new"
LARGEST_FILE_BYTES: Final = 64 * 1024

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ROOT: Final = 0


def check_folder(folder: Path) -> None:
    """Raise PermissionsTooLooseError or WrongOwnerError when others can reach into `folder`."""
    try:
        status = folder.stat()
    except OSError as error:
        raise KeyFileUnreadableError(folder, error) from None
    if not stat.S_ISDIR(status.st_mode):
        raise KeyFileForeignError(folder, "a folder is needed")
    _check(folder, status, FOLDER_MODE)


def read_private(path: Path, *, follow: bool = False) -> bytes:
    """Return the bytes of a regular file that only its owner may touch.

    `follow` allows the name to be a symbolic link. Raises a KeystoreError that names the file.
    """
    # Without O_NONBLOCK a pipe under this name would hold the process for ever.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    if not follow and path.is_symlink():
        raise KeyFileForeignError(path, "it is a symbolic link")
    try:
        descriptor = os.open(path, flags)
        try:
            _check_file(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(LARGEST_FILE_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise KeyFileUnreadableError(path, error) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise KeyFileMalformedError(path)
    return content


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole or not at all, mode 0600, on disk when this returns.

    An older file of that name is replaced. Raises KeyFileUnreadableError.
    """
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        _write_new(unfinished, content)
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise KeyFileUnreadableError(path, error) from None


def write_new_private(path: Path, content: bytes) -> None:
    """Make a file of mode 0600, on disk when this returns; FileExistsError when there is one."""
    try:
        _write_new(path, content)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise KeyFileUnreadableError(path, error) from None


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable: a file's own fsync does not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_new(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileForeignError(path, "it is not a regular file")
    _check(path, status, FILE_MODE)


def _check(path: Path, status: os.stat_result, mode: int) -> None:
    if status.st_uid not in {os.geteuid(), _ROOT}:
        raise WrongOwnerError(path, os.geteuid(), status.st_uid)
    if status.st_mode & _OTHERS:
        raise PermissionsTooLooseError(path, mode)
