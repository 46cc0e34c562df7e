"""One SQLite file as the server that writes to it has it, and what others find in it."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from idp.storage import replays
from tests.support.rows import NOW, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.storage.sqlite import Sqlite


@contextmanager
def told(database: Sqlite) -> Iterator[list[str]]:
    """The first word of every statement that the writing connection runs."""
    words: list[str] = []
    database._writer.set_trace_callback(lambda sql: words.append(sql.split()[0]))
    yield words
    database._writer.set_trace_callback(None)


async def spend(database: Sqlite, digest: bytes | None = None) -> bool:
    return await replays.spend(database, digest or unique(32), expires_at=NOW + 60)


async def is_spent(file: Sqlite, digest: bytes) -> bool:
    """Whether somebody else who opens the file finds it."""
    path = file._path
    other = sqlite3.connect(path)
    found = other.execute("SELECT 1 FROM replays WHERE digest = ?", [digest]).fetchall()
    other.close()
    return bool(found)
