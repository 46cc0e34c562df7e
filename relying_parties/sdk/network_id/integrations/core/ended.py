"""Sessions that ended before their time: by logging out, or because the provider said so.

A session's cookie is good in itself until its time is over, so an end has to be remembered for as
long as the cookie could live. `EndedInMemory` remembers it in one process: with several, an end
that one of them heard of is unknown to the others. `EndedInFile` is for several processes of one
machine; for several machines write the two methods of `EndedSessions` over what they share (Redis,
a database).
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from network_id.system import system_clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

TIDY_SECONDS = 60
PATIENCE_SECONDS = 5.0
TABLE = (
    "CREATE TABLE IF NOT EXISTS ended "
    "(name TEXT PRIMARY KEY, at INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID"
)
FIND = "SELECT at FROM ended WHERE name = ?"


class EndedSessions(Protocol):
    """Where ends are remembered. With an asynchronous framework both methods may be coroutines.

    When one raises, the request fails and nobody counts as signed in.
    """

    def end(self, names: Sequence[str], at: int, seconds: int) -> Awaitable[None] | None:
        """Remember for ``seconds`` that each of ``names`` ended ``at`` (seconds since the epoch).

        ``at`` may lie ahead. A later call replaces an earlier one.
        """

    def last_end(self, names: Sequence[str]) -> Awaitable[int | None] | int | None:
        """Return when the last of ``names`` ended, or None when none of them did."""


class EndedInMemory:
    """Remembers in this process, until it stops. Safe for threads."""

    def __init__(self, clock: Callable[[], int] = system_clock) -> None:
        self._clock = clock
        self._ends: dict[str, tuple[int, int]] = {}
        self._tidied_at = 0
        self._lock = threading.Lock()

    def end(self, names: Sequence[str], at: int, seconds: int) -> None:
        """Remember the end, and forget those whose time is over."""
        now = self._clock()
        with self._lock:
            if abs(now - self._tidied_at) > TIDY_SECONDS:
                self._ends = {name: end for name, end in self._ends.items() if end[1] > now}
                self._tidied_at = now
            self._ends |= dict.fromkeys(names, (at, now + seconds))

    def last_end(self, names: Sequence[str]) -> int | None:
        """Return when the last of ``names`` ended."""
        found = (self._ends.get(name) for name in names)
        return max((end[0] for end in found if end is not None), default=None)


class EndedInFile:
    """Remembers in an SQLite file that all processes of one machine share, and that outlives them.

    Safe for threads and processes.
    """

    def __init__(self, path: str | Path, clock: Callable[[], int] = system_clock) -> None:
        self._path = str(path)
        self._clock = clock
        with closing(self._open()) as file, file:
            file.execute(TABLE)

    def end(self, names: Sequence[str], at: int, seconds: int) -> None:
        """Remember the end, and forget those whose time is over."""
        now = self._clock()
        with closing(self._open()) as file, file:
            file.execute("DELETE FROM ended WHERE until <= ?", (now,))
            file.executemany(
                "INSERT OR REPLACE INTO ended VALUES (?, ?, ?)",
                [(name, at, now + seconds) for name in names],
            )

    def last_end(self, names: Sequence[str]) -> int | None:
        """Return when the last of ``names`` ended."""
        with closing(self._open()) as file:
            rows = [file.execute(FIND, (name,)).fetchone() for name in names]
        return max((row[0] for row in rows if row is not None), default=None)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=PATIENCE_SECONDS)


def name_of(kind: str, value: str) -> str:
    """Return the name under which the end of a session is remembered; it tells nothing itself."""
    text = f"{kind}:{value}".encode(errors="surrogatepass")  # JSON can hold half a character
    return hashlib.sha256(text).hexdigest()
