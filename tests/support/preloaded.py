"""``idp`` commands as processes of their own that need not import the product anew.

``python -m tests.support.preloaded`` imports it once and forks a process for each command that is
asked for: the real command line, a second of CPU sooner. A process may have a clock of its own, and
the demo starts its programs in the same way. ``launcher`` gives the other end. Whatever was started
dies with it.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.forked_programs import fork_programs

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parents[2]
_LOOK_SECONDS: Final = 0.05
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG, see prctl(2)
_SERVING: Final = ("idp.cli.serving", "idp.cli.worker", "uvicorn.lifespan.on", "uvloop")
_COMMANDS: Final = ("idp.app.web", "idp.cli.commands", *_SERVING)
# What the programs of a demo import: not those themselves, since they run as `__main__`.
_PLATFORMS: Final = ("relying_parties.forum.app", "relying_parties.shop.app")
_DEMO: Final = ("alembic.command", "idp.cli.demo.developer", "idp.cli.demo.show", *_PLATFORMS)


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit code, and what it said."""

    code: int
    out: str
    err: str


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

    def start(self, *arguments: str, log: Path, ahead: int = 0, **settings: str) -> int:
        """Start ``idp`` with these arguments and settings; return the process's id.

        What it says is added to ``log``; its clock is so many seconds ahead of the machine's.
        """
        asked = {"arguments": arguments, "log": str(log), "ahead": ahead, "settings": settings}
        return self._start(asked)

    def start_demo(self, *options: str, log: Path) -> int:
        """Start ``idp demo``, whose programs are forks as well; the rest is as in ``start``."""
        return self._start({"arguments": ("demo", *options), "log": str(log), "demo": True})

    def run(self, *arguments: str, typed: str = "") -> Done:
        """Run ``idp`` with these arguments, and this on its standard input."""
        with tempfile.TemporaryDirectory() as folder:
            read, out, err = (Path(folder, name) for name in ("in", "out", "err"))
            read.write_text(typed, encoding="utf-8")
            asked = {"arguments": arguments, "input": str(read), "output": str(out)}
            pid = self._ask(asked | {"log": str(err)})
            code = self._ask({"end_of": pid})
            return Done(code, out.read_text("utf-8"), err.read_text("utf-8"))

    def _start(self, what: dict[str, Any]) -> int:
        pid: int = self._ask(what)
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

    def stop(self, pid: int, number: signal.Signals, *, seconds: float) -> None:
        """Send a signal to one that was started, unless it has ended; wait for its end."""
        if pid not in self._running:
            return
        os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while self.ended(pid) is None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"{pid} does not stop")
            time.sleep(_LOOK_SECONDS)

    def _ask(self, what: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Start what the standard input asks for, until it ends."""
    parent = os.getppid()
    _die_with(parent)
    _import(_COMMANDS)  # this is what takes long
    import_module("idp.web.locales").catalogues()  # which are read once
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(asked: dict[str, Any]) -> int | None:
    if "ended" in asked:
        return _ended(asked["ended"], os.WNOHANG)
    if "end_of" in asked:
        return _ended(asked["end_of"], 0)
    if "demo" in asked:
        _import(_DEMO)
    return _started(asked)


def _import(modules: Iterable[str]) -> None:
    for name in modules:
        import_module(name)
    gc.freeze()  # a fork that collects garbage leaves these pages alone


def _started(asked: dict[str, Any]) -> int:
    ourselves = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        _die_with(ourselves)
        _become(asked)
        os.environ.update(asked.get("settings", {}))
        if asked.get("ahead"):
            _set_clock(asked["ahead"])
        if asked.get("demo"):
            fork_programs()
        _command(asked["arguments"])
    finally:
        os._exit(1)


def _ended(pid: int, options: int) -> int | None:
    found, status = os.waitpid(pid, options)
    return os.waitstatus_to_exitcode(status) if found else None


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _become(asked: dict[str, Any]) -> None:
    errors = _appended(asked["log"])
    output = _appended(asked["output"]) if "output" in asked else errors
    read = os.open(asked.get("input", os.devnull), os.O_RDONLY)
    for there, number in ((read, 0), (output, 1), (errors, 2)):
        os.dup2(there, number)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - the one before has read ahead


def _appended(file: str) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


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
    code = cli.main()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
