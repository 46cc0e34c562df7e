"""``idp`` commands as processes of their own that need not import the product anew.

``python -m tests.support.preloaded`` imports it once and forks a process for each command that is
asked for: the real command line, a second of CPU sooner. A process may have a clock of its own.
``launcher`` gives the other end. Whatever was started dies with it.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG, see prctl(2)


@cache
def launcher() -> Launcher:
    """Return the one of this process; it ends with it."""
    made = Launcher()
    atexit.register(made.close)
    return made


class Launcher:
    """Starts commands, and kills all that still runs when it is closed."""

    def __init__(self) -> None:
        environment = {n: value for n, value in os.environ.items() if not n.startswith("IDP_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.preloaded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self._running: set[int] = set()

    def close(self) -> None:
        """Kill what runs."""
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
        self._process.communicate()

    def start(self, *arguments: str, log: Path, ahead: int = 0) -> int:
        """Start ``idp`` with these arguments; return the process's id.

        What it says is added to ``log``; its clock is so many seconds ahead of the machine's.
        """
        pid: int = self._ask({"arguments": arguments, "log": str(log), "ahead": ahead})
        self._running.add(pid)
        return pid

    def ended(self, pid: int) -> int | None:
        """Return the exit code of one that was started, negative after a signal; None if it runs.

        An end is told once.
        """
        if pid not in self._running:
            return None
        code: int | None = self._ask({"ended": pid})
        if code is not None:
            self._running.discard(pid)
        return code

    def _ask(self, what: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Start what the standard input asks for, until it ends."""
    import idp.app.web  # noqa: PLC0415 - this is what takes long, so it comes first
    import idp.cli.commands  # noqa: PLC0415
    import idp.cli.worker  # noqa: F401, PLC0415

    parent = os.getppid()
    _die_with(parent)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _ended(asked["ended"]) if "ended" in asked else _started(asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _started(asked: dict[str, Any]) -> int:
    ourselves = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        _die_with(ourselves)
        _become(asked["log"])
        if asked["ahead"]:
            _set_clock(asked["ahead"])
        _command(asked["arguments"])
    finally:
        os._exit(1)


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _become(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for there, number in ((nothing, 0), (told, 1), (told, 2)):
        os.dup2(there, number)


def _set_clock(ahead: int) -> None:
    from idp.app import parts  # noqa: PLC0415 - after what takes long
    from idp.app.system import SystemClock  # noqa: PLC0415

    class Ahead(SystemClock):
        def now(self) -> int:
            return super().now() + ahead

    parts.SystemClock = Ahead  # type: ignore[attr-defined]


def _command(arguments: list[str]) -> None:
    from idp import cli  # noqa: PLC0415 - after what takes long

    sys.argv = ["idp", *arguments]
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
