"""Where the two files of a backup go: apart, whole or not at all, and readable by nobody else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from idp.cli.failure import ExitCode, Failure
from idp.keystore.private_files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from idp.settings import Settings


class Places(Struct, frozen=True):
    """The file of the databases, and that of the wrapped keys; None where keys are not wanted."""

    databases: Path
    keys: Path | None


def places(
    settings: Settings, now: int, databases: Path, keys: Path | None, *, together: bool
) -> Places:
    """Return where to write; raises Failure for places that are one, or that hold the key to all.

    A folder is given a file of a name that says when.
    """
    stem = f"network-id-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    chosen = Places(
        _file(databases, f"{stem}.backup"), None if keys is None else _file(keys, f"{stem}.keys")
    )
    for file in (chosen.databases, chosen.keys):
        if file is not None and file.exists():
            raise Failure(ExitCode.INPUT, "file_exists", f"{file} is there already")
    if not together:
        _check_apart(settings, chosen)
    return chosen


def _file(given: Path, name: str) -> Path:
    path = given.absolute()
    if not path.parent.is_dir():
        raise Failure(ExitCode.INPUT, "folder_missing", f"{path.parent} is not there")
    return path / name if path.is_dir() else path


def _check_apart(settings: Settings, chosen: Places) -> None:
    wrapping = (settings.wrapping_key_file or settings.home / "wrapping.key").resolve().parent
    folders = [file.parent.resolve() for file in (chosen.databases, chosen.keys) if file]
    if len(folders) != len(set(folders)):
        raise Failure(
            ExitCode.INPUT,
            "backup_together",
            "databases and keys would lie in one folder: whoever takes it needs the wrapping key "
            "alone. Choose two places, or say --together",
        )
    if wrapping in folders:
        raise Failure(
            ExitCode.INPUT,
            "backup_together",
            f"the wrapping key lies in {wrapping}: a backup beside it opens to whoever takes both. "
            "Choose another place, or say --together",
        )


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Write a file of mode 0600 that is there, and on the disk, when the block has ended well."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)  # what a kill has left
        # Never opened if it is there: what somebody else has made, they could read, or it leads
        # elsewhere.
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            sync_folder(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "file_refused", f"{path}: {why}") from error
