"""What processes cost, as Linux tells it: CPU time of a whole tree, and memory of each in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT: Final = 1  # places in /proc/PID/stat after the name, which may hold anything
_IDLE, _WAITING = 3, 4  # places among the ticks of /proc/stat
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


def machine_seconds() -> float:
    """Return the CPU seconds that all processes of the machine used since it started."""
    first = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0].split()
    ticks = [int(word) for word in first[1:]]
    return (sum(ticks[:8]) - ticks[_IDLE] - ticks[_WAITING]) / _TICKS


@dataclass(frozen=True)
class Memory:
    """What a process holds, in MiB: all of it, and where pages are shared its share of them."""

    rss: float
    pss: float


def memory(pid: int) -> Memory | None:
    """Return what a process holds; None for one that is gone, or is the kernel's."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    kib = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if "kB" in line}
    return Memory(int(kib["Rss"]) / 1024, int(kib["Pss"]) / 1024) if "Rss" in kib else None


def largest(root: int) -> Memory:
    """Return what the largest process of a tree holds: a worker, where there are workers."""
    found = [held for held in map(memory, tree(root)) if held is not None]
    return max(found, key=lambda held: held.pss, default=Memory(0, 0))
