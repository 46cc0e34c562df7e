"""The demo's processes: started in one group, stopped together, missed when one dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

import idp
from idp.cli.demo import undertaker
from idp.cli.failure import ExitCode, Failure

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence

_GRACE_SECONDS = 3.0
_POLL_SECONDS = 0.05
_LAST_LINES = 8
# None of an instance, a platform or a proxy that this shell may be set up for.
_FOREIGN = ("IDP_", "NETWORK_ID_", "PLATFORM_")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})


class Program(Struct, frozen=True):
    """What one process runs: the arguments of ``python -m``, and its own variables."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


class Child(Struct, frozen=True):
    """One process of the demo and the file of its output."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Family:
    """All processes of one demo. Made by ``family``."""

    def __init__(self, group: int, logs: Path) -> None:
        self._group = group
        self._logs = logs
        self._children: list[Child] = []

    def start(
        self, program: Program, door: socket.socket, *, listen: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a program with an inherited listening socket, which is closed here.

        With ``listen`` its standard output is a pipe, else it goes into its log.
        """
        descriptor = door.fileno()
        # -P: whatever lies in the folder that the demo was started in is not imported.
        command = [sys.executable, "-P", "-m", *program.arguments, "--fd", str(descriptor)]
        log = self._logs / f"{program.name}.log"
        with log.open("wb") as output, door:
            process = subprocess.Popen(  # noqa: S603  # our own modules, no shell
                command,
                env={**_environment(), **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if listen else output,
                stderr=output,
                pass_fds=[descriptor],
                process_group=self._group,
            )
        self._children.append(Child(program.name, process, log))
        return process

    def check(self) -> None:
        """Raise Failure with its last words when a process has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()
                said = " | ".join(lines[-_LAST_LINES:]) or "nothing"
                raise Failure(
                    ExitCode.UNAVAILABLE,
                    "process_ended",
                    f"the {child.name} ended with code {code}, so the demo stops. It said: {said}",
                )

    def stop(self) -> None:
        """Ask all to end, and wait a little; the undertaker sees to the rest."""
        for child in self._children:
            child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and any(
            child.process.poll() is None for child in self._children
        ):
            time.sleep(_POLL_SECONDS)
        for child in self._children:
            child.process.kill()
            child.process.wait()
            if child.process.stdout is not None:
                child.process.stdout.close()


@contextmanager
def family(logs: Path, *leavings: Path) -> Iterator[Family]:
    """Give a family whose processes end with the block, or with this process if that is killed.

    The folder ``logs`` and the files ``leavings`` are removed then, too.
    """
    command = [sys.executable, "-I", "-S", undertaker.__file__, str(logs), *map(str, leavings)]
    with subprocess.Popen(  # noqa: S603  # our own file, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    ) as last:
        if last.stdin is None or last.stdout is None:
            raise RuntimeError("asked for pipes")
        last.stdout.read(len(undertaker.READY))
        together = Family(last.pid, logs)
        try:
            yield together
        finally:
            together.stop()
            last.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                last.wait(2 * undertaker.PATIENCE_SECONDS)  # it is killed with the group
            last.kill()
            last.stdout.read()  # closed when the files are gone


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name.lower() not in _PROXIES
    }
    # The same source as this process, wherever it was started.
    return kept | {"PYTHONPATH": str(Path(idp.__file__).parents[1])}
