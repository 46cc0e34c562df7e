"""A sandbox as an operator serves it: `idp init`, `idp serve`, open to clients that come."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_SETTINGS: Final = "IDP_SANDBOX=true\nIDP_REGISTRATION=open\n"


def resident(pid: int | str = "self") -> float:
    """The memory that a process holds, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(one.split()[1]) / 1000 for one in lines if one.startswith("VmRSS")), 0.0)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Give the issuer and the process's id; what it logs goes into ``served.log``."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])
    issuer, home = f"http://localhost:{port}", folder / "instance"
    environment = {n: value for n, value in os.environ.items() if not n.startswith("IDP_")}
    idp = [sys.executable, "-m", "idp.cli"]
    init = [*idp, "init", str(home), "--issuer", issuer, "--port", port]
    subprocess.run(init, env=environment, cwd=ROOT, check=True, capture_output=True)
    with (home / "settings.env").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)
    with (folder / "served.log").open("wb") as log:
        serve = [*idp, "serve", "--home", str(home)]
        process = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(f"{issuer}/healthz/ready")
        yield issuer, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_SECONDS)


def _wait(address: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")
