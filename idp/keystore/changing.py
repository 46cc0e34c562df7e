"""Changing a key store on disk, such that a kill at any moment leaves it whole.

A file that comes or goes does so by a second name, ``.moving-`` and its own. In between, the list
of files is replaced in one step. Whoever reads takes a listed file by either name, and passes over
one that is on its way and not listed: it is not in yet, or out already.
"""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from idp.keystore.errors import KeyFileUnreadableError, KeystoreUnfinishedError
from idp.keystore.making import MOVING, on_its_way
from idp.keystore.private_files import sync_folder, write_private


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Be the only one to change `folder`.

    Raises KeystoreUnfinishedError when another process is at it. The lock ends with the process.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileUnreadableError(folder, error) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KeystoreUnfinishedError(f"{folder} is being changed by another process") from None
        yield
    finally:
        os.close(descriptor)


def present(folder: Path, name: str) -> Path:
    """Return where a listed file is: under its name, or still on its way."""
    path, moving = folder / name, folder / f"{MOVING}{name}"
    return moving if moving.exists() and not path.exists() else path


def bring_in(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is about to be listed."""
    write_private(folder / f"{MOVING}{name}", content)


def settle(folder: Path, name: str) -> None:
    """Give a listed file its own name."""
    (folder / f"{MOVING}{name}").rename(folder / name)
    sync_folder(folder)


def unsettle(folder: Path, name: str) -> None:
    """Take its own name from a file that is about to be listed no more."""
    (folder / name).rename(folder / f"{MOVING}{name}")
    sync_folder(folder)


def take_out(folder: Path, name: str) -> None:
    """Delete a file that is listed no more."""
    (folder / f"{MOVING}{name}").unlink(missing_ok=True)
    sync_folder(folder)


def clear(folder: Path, listed: Collection[str]) -> None:
    """Finish what a change before left half-way: a listed file gets its name, others go."""
    for path in list(folder.iterdir()):
        name = path.name.removeprefix(MOVING)
        if path.name.startswith(MOVING) and name in listed:
            path.rename(folder / name)
        elif on_its_way(path.name):
            path.unlink()
    sync_folder(folder)
