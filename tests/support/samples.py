"""The sample platforms, started as their READMEs say: by the very lines that a newcomer copies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final

import requests

from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
SAMPLES: Final = ROOT / "relying_parties" / "samples"
_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 15
_BLOCK: Final = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the blocks of code on a page, each with its language, in their order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, dedent(f"{indent}{code}")) for indent, language, code in found]


def names() -> list[str]:
    """Return the samples there are, by folder."""
    return sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "README.md").exists())


def commands(name: str) -> list[str]:
    """Return the lines that a sample's README tells to type, in the root of the checkout."""
    language, first = blocks(SAMPLES / name / "README.md")[0]
    assert language == "sh", f"{name}: no block of commands"
    return first.splitlines()


def is_installation(line: str) -> bool:
    """Tell whether a line installs something. Tests have it already, in their own environment."""
    return line.startswith(("python3 -m venv ", "pip install ", "npm ci "))


@dataclass
class Samples:
    """The samples that run, at one provider. Each is started when it is first asked for."""

    issuer: str
    stack: ExitStack
    folder: Path
    urls: dict[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Return where a sample is reached."""
        if name not in self.urls:
            # What the README exports is for the demo's provider.
            typed = [line for line in commands(name) if not line.startswith("export ")]
            self.start(name, [line for line in typed if not is_installation(line)], ROOT)
        return self.urls[name]

    def start(self, name: str, typed: list[str], where: Path) -> str:
        """Type these lines in a folder, as a client of its own; return the address, once there."""
        (port,) = free_ports(1)
        self.urls[name] = f"http://localhost:{port}"
        log = self.folder / f"{name}.log"
        client = self._register(name, f"{self.urls[name]}/callback")
        environment = self._environment(client, port)
        self.stack.enter_context(_running(typed, where, log, environment))
        _wait(self.urls[name], log)
        return self.urls[name]

    def _register(self, name: str, redirect_uri: str) -> dict[str, Any]:
        """Register a client as a developer does at a sandbox, over the wire."""
        method = "none" if name == "spa" else "client_secret_basic"
        metadata: dict[str, Any] = {
            "client_name": f"Sample {name}",
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": method,
            "require_pkce": True,
        }
        answer = requests.post(f"{self.issuer}/register", json=metadata, timeout=30)
        assert answer.status_code == 201, answer.text
        registered: dict[str, Any] = answer.json()
        return registered

    def _environment(self, client: dict[str, Any], port: int) -> dict[str, str]:
        told = {
            "NETWORK_ID_ISSUER": self.issuer,
            "NETWORK_ID_CLIENT_ID": client["client_id"],
            "NETWORK_ID_CLIENT_SECRET": client.get("client_secret", ""),
            "PORT": str(port),
            "UVICORN_PORT": str(port),  # as if --port were typed
        }
        return {name: value for name, value in told.items() if value}


@contextmanager
def running_samples(issuer: str, folder: Path) -> Iterator[Samples]:
    """Give the samples at this provider; all that were started end with the block."""
    with ExitStack() as stack:
        yield Samples(issuer, stack, folder)


@contextmanager
def _running(
    typed: list[str], where: Path, log: Path, environment: dict[str, str]
) -> Iterator[None]:
    *before, last = typed
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("IDP_", "NETWORK_ID_"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-ec", "\n".join([*before, f"exec {last}"])],
            cwd=where,
            env=kept | {"PATH": tools} | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
        assert process.poll() is None, f"{last!r} has ended: {log.read_text('utf-8')[-2000:]}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def _wait(address: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"{address} does not answer: {log.read_text('utf-8')[-2000:]}")
