"""The way out of the log: the standard error stream, for whose reader nobody waits.

A pipe or a socket whose reader has stalled is full after a while, and the next line waits for ever:
with it everybody who is being served. So a line that finds no room is dropped and counted, and the
first that finds room again comes behind one that says how many were. A file, a device or a terminal
is written to as ever; what must not get lost, the audit log, is in the database.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import sys
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_SETPIPE_SZ: Final = getattr(fcntl, "F_SETPIPE_SZ", None)  # Linux; from Python 3.10
_ROOM: Final = 1 << 20  # bytes a pipe may hold: a second of a busy server's lines; Linux's most
_DESCRIPTORS: Final = Path("/proc/self/fd")


class Outlet:
    """A text stream onto an open file, which is borrowed: ``write`` never waits for a reader."""

    lost: ClassVar[int] = 0
    """Lines that were dropped since this process began."""

    def __init__(self, descriptor: int) -> None:
        self._put, close = _way_to(descriptor)
        weakref.finalize(self, close).atexit = False  # what is said at the very end is written too
        self._untold = 0
        self._torn = False

    def write(self, text: str) -> None:
        """Write whole lines, or drop them. Raises nothing: a full disk fails no request."""
        if self._untold:
            text = self._confession(text) + text
        try:
            data = text.encode()
            whole = self._put(data) == len(data)
        except (OSError, ValueError):  # no room, a full disk, a collector that has died; no text
            self._lose()
            return
        if self._untold or not whole:
            self._after(whole=whole)

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def _after(self, *, whole: bool) -> None:
        self._untold, self._torn = 0, not whole
        if not whole:  # longer than what goes into a pipe in one piece
            self._lose()

    def _lose(self) -> None:
        self._untold += 1
        Outlet.lost += 1

    def _confession(self, text: str) -> str:
        # Every line of ours begins with the time, which is the one by which this is told.
        begin = text.partition(",")[0]
        torn = "\n" if self._torn else ""
        return f'{torn}{begin}, "event": "log_lost", "lines": {self._untold}}}\n'


def outlet_of(stream: TextIO) -> Outlet | TextIO:
    """Return an outlet onto what ``stream`` writes to, or itself where that is no open file."""
    try:
        return Outlet(stream.fileno())
    except (OSError, ValueError):  # io.UnsupportedOperation is both
        return stream


def standard_error() -> Outlet | TextIO:
    """Return an outlet onto the standard error stream; to nowhere, if we were started without."""
    if sys.stderr is None:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            return Outlet(nowhere.fileno())
    return outlet_of(sys.stderr)


def _way_to(descriptor: int) -> tuple[Callable[[bytes], int], Callable[[], None]]:
    """Return how to write to an open file, in whichever way does not wait, and how to let go."""
    mode = os.fstat(descriptor).st_mode
    own = os.dup(descriptor)
    if stat.S_ISSOCK(mode):  # as systemd hands over
        connection = socket.socket(fileno=own)
        return lambda data: connection.send(data, socket.MSG_DONTWAIT), connection.close
    if stat.S_ISFIFO(mode):
        own = _another_end(own)
    return partial(os.write, own), partial(os.close, own)


def _another_end(own: int) -> int:
    """Return an open file of our own onto a pipe, which does not wait.

    Whoever else has the pipe still waits there, as they expect; and so do we where another user
    made the pipe, or where there is no ``/proc``.
    """
    try:
        anew = os.open(_DESCRIPTORS / str(own), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return own
    os.close(own)
    if _SETPIPE_SZ is not None:
        with suppress(OSError):  # a user may have so much room in pipes and no more
            fcntl.fcntl(anew, _SETPIPE_SZ, _ROOM)
    return anew
