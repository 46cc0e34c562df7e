"""What the operating system says of this process. Zero where it does not tell."""

from __future__ import annotations

import os
import resource
from pathlib import Path

_STATM = Path("/proc/self/statm")
_FILES = Path("/proc/self/fd")


def resident_bytes() -> int:
    """Return the memory that the process holds."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    """Return how many files and sockets are open; whoever runs out of them takes no request."""
    try:
        return len(os.listdir(_FILES))  # noqa: PTH208 - names alone, a tenth of the time
    except OSError:
        return 0


def cpu_seconds() -> float:
    """Return the CPU time that the process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
