"""Cleans up after a demo, also after one that was killed without a word (SIGKILL).

Runs as a process of its own, by its file name: only the standard library, so that it is there at
once. It leads the process group that all other processes of the demo join, and reads a pipe whose
other end the demo alone holds. When that end closes, for whatever reason, every process of the
group is killed and the paths given as arguments are removed.

Children are members of the group before they run anything, so none can slip away between its start
and a note of its number.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.02
READY = b"ready\n"


def main() -> None:
    """Wait for the end of the demo, then clean up. Both pipes are the standard streams."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, READY)
    while os.read(0, 1):
        pass
    group = os.getpgrp()
    if os.fork():
        signal.pause()  # until the group is killed, this process with it
        return
    os.setpgid(0, 0)  # out of the group: somebody has to be left
    _kill(group)
    for path in sys.argv[1:]:
        _remove(Path(path))


def _kill(group: int) -> None:
    """Kill until nobody is left; without an init process the dead may stay listed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
        if not _alive(group):
            return
        time.sleep(POLL_SECONDS)


def _alive(group: int) -> bool:
    """Tell whether a process of the group still runs; where that cannot be seen, say yes."""
    if not Path("/proc/self/stat").exists():
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, of_group = stat.read_bytes().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it has ended since
        if int(of_group) == group and state not in {b"Z", b"X"}:
            return True
    return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
