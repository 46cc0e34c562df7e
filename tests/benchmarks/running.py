"""Starts the processes of a provider, waits until it answers, and ends them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
DISCOVERY: Final = "/.well-known/openid-configuration"
# A bench that was killed leaves no server behind; the process is still the one that was started.
_UNTIL_WE_END: Final = ("setpriv", "--pdeathsig=TERM", "--")
_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 30


class NotReady(Exception):
    """A provider that was started does not answer; the text is the end of its log."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def discover(issuer: str) -> dict[str, str]:
    """Return the paths of a provider's endpoints, by their names in its discovery document."""
    with urlopen(f"{issuer}{DISCOVERY}", timeout=5) as answer:  # noqa: S310 - this machine, http
        found = json.loads(answer.read())
    paths = {
        name: urlsplit(address).path
        for name, address in found.items()
        if isinstance(address, str) and address.startswith(issuer)
    }
    return paths | {"discovery": DISCOVERY}


def environment() -> dict[str, str]:
    """Return the environment without settings of an instance that its owner works with."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    ready: str,
    variables: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a provider for the length of the block; it is there once ``ready`` answers 200."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            [*_UNTIL_WE_END, *command],
            env=environment() | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            cwd=ROOT,
        )
    try:
        _wait(process, ready, log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(ready, timeout=5) as answer:  # noqa: S310 - this machine, http
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.02)
    raise NotReady(log.read_text(encoding="utf-8", errors="replace")[-2000:])
