"""The real clock, the real source of randomness, and this process: nowhere else in the code."""

from __future__ import annotations

import ctypes
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_STAT: Final = Path("/proc/self/stat")
_ENV_START: Final = 47  # as counted behind the name of the program, see proc_pid_stat(5)


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return whole seconds since the epoch, UTC."""
        return int(time.time())


class SystemEntropy:
    """The operating system's random source."""

    def bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        return os.urandom(count)


def hide_variable(name: str) -> None:
    """Blot a variable out of the memory that ``/proc/PID/environ`` shows, where there is one.

    That is where a process was handed its environment, for as long as it lives. The variable itself
    stays, in a copy, for this process and for those that it starts.
    """
    value = os.environ.get(name)
    if not value or not _STAT.exists():
        return
    library = ctypes.CDLL(None)
    library.getenv.restype = ctypes.c_void_p
    library.getenv.argtypes = [ctypes.c_char_p]
    handed = library.getenv(name.encode()) or 0
    start, end = map(int, _STAT.read_text("utf-8").rpartition(")")[2].split()[_ENV_START:][:2])
    os.environ[name] = value
    if start <= handed < end:
        ctypes.memset(handed, ord("*"), len(os.fsencode(value)))


@contextmanager
def without_variables(*names: str) -> Iterator[None]:
    """Start programs in this block that are not to inherit some variables."""
    taken = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ |= taken
