"""The instance of a drill: two servers that are started again when they die, and its operator."""

# ruff: noqa: ASYNC110 - what is waited for happens in other processes
from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.drill.fast import FastClock, hurried
from tests.drill.front import front
from tests.drill.kills import arm, disarm, is_armed
from tests.drill.node import parts_by
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from idp.app import Parts

ROOT: Final = Path(__file__).parents[2]
SETTINGS: Final = "IDP_SANDBOX=true\nIDP_JWKS_MAX_AGE=60\nIDP_KEY_OVERLAP_DAYS=1\n"
_LOOK_SECONDS: Final = 0.1
_READY_SECONDS: Final = 90


@dataclass
class Instance:
    """Everything that an operator has, and what became of the servers."""

    folder: Path
    clock: FastClock
    issuer: str
    parts: Parts
    ports: tuple[int, ...]
    servers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: int = 0
    unforeseen: list[str] = field(default_factory=list)

    @property
    def kills(self) -> Path:
        return self.folder / "kill"

    @property
    def home(self) -> Path:
        return self.folder / "instance"

    def start(self, port: int) -> None:
        self.servers[port] = self._process("serve", str(port))

    def revoke(self, which: str) -> subprocess.Popen[bytes]:
        """Start the command that gives up a key, or the one of an algorithm that signs."""
        return self._process("revoke", which)

    async def supervise(self) -> None:
        """Start what has died again, as a service manager does."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for port, server in list(self.servers.items()):
                code = server.poll()
                if code is None:
                    continue
                self.killed += code == -signal.SIGKILL
                if code != -signal.SIGKILL:
                    self.unforeseen.append(f"a server ended with {code}")
                self.start(port)

    async def die_at(self, point: str, *, within: float) -> bool:
        """Let a server die at this point; tell whether one did within so many seconds."""
        arm(self.kills, point)
        deadline = time.monotonic() + within
        while is_armed(self.kills, point) and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
        return disarm(self.kills, point)

    async def ready(self) -> None:
        """Wait until both servers answer."""
        deadline = time.monotonic() + _READY_SECONDS
        for port in self.ports:
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert time.monotonic() < deadline, "the servers do not start"
                    await asyncio.sleep(_LOOK_SECONDS)
                else:
                    writer.close()
                    break

    def _process(self, *arguments: str) -> subprocess.Popen[bytes]:
        module = [sys.executable, "-m", "tests.drill.node", str(self.home), str(self.kills)]
        with (self.folder / "servers.log").open("ab") as log:
            return subprocess.Popen(
                [*module, *arguments],
                env=_environment() | dict(self.clock.to_environment()),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


@asynccontextmanager
async def running(
    folder: Path, *, speed: float, days: int, databases: Mapping[str, str]
) -> AsyncIterator[Instance]:
    """Make an instance and run it; keys change each ``days``, which are seconds of the clock."""
    clock = FastClock(time.time(), speed)
    door, *ports = free_ports(3)
    issuer, home = f"http://localhost:{door}", folder / "instance"
    made = ["init", str(home), "--issuer", issuer, "--json"]
    made += [word for name, url in databases.items() for word in (f"--{name}", url)]
    await asyncio.to_thread(_init, made)
    with (home / "settings.env").open("a", encoding="utf-8") as settings:
        settings.write(f"{SETTINGS}IDP_KEY_ROTATION_DAYS={days}\n")
    parts = parts_by(clock, home)
    instance = Instance(folder, clock, issuer, parts, tuple(ports))
    with hurried(clock):
        async with front(door, ports), parts.opened():
            for port in ports:
                instance.start(port)
            try:
                await instance.ready()
                supervisor = asyncio.create_task(instance.supervise())
                yield instance
                supervisor.cancel()
            finally:
                for server in instance.servers.values():
                    server.kill()
                    server.wait()


def _init(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "idp.cli", *arguments]
    done = subprocess.run(command, env=_environment(), cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
