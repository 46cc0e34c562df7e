"""What processes cost, as Linux tells it: CPU time of a whole tree, and memory of each in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT: Final = 1  # places in /proc/PID/stat after the name, which may hold anything
_USER: Final = 11  # utime, stime, and those of children that ended and were waited for


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(root: int) -> list[int]:
    """Return a process and all that live below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        stat = _stat(int(entry.name)) if entry.name.isdigit() else None
        if stat is not None:
            children.setdefault(int(stat[_PARENT]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds of a tree so far, those of its ended children with it."""
    stats = [stat for stat in map(_stat, tree(root)) if stat is not None]
    return sum(int(ticks) for stat in stats for ticks in stat[_USER : _USER + 4]) / _TICKS


def memory_mib(pid: int) -> float:
    """Return a process's proportional share of memory (PSS); 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0)
