"""Secrets of clients, each in a file of its own that nobody but its owner can read."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from idp.cli.failure import ExitCode, Failure

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


def file_of(folder: Path, client_id: str) -> Path:
    """Return where the secret of a client is kept in ``folder``."""
    return folder / f"{quote(client_id, safe='')}.secret"


def write_secret(folder: Path, client_id: str, secret: str) -> Path:
    """Write a secret, whole or not at all, in place of an older one; return the file.

    It holds the secret alone, without an end of line. Raises Failure ``secret_unwritable``.
    """
    file = file_of(folder, client_id)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        # Never opened if it is there: what somebody else has made, they could read.
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secret)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(file)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "secret_unwritable", f"{file}: {why}") from error
    return file
