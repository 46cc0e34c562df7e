"""Several servers of one instance, each a process of its own, on one database of either kind."""

# ruff: noqa: ASYNC110 - what is waited for happens in other processes
from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.app import build_services, open_keystore, parts_of
from idp.settings import load
from tests.support.ports import free_ports
from tests.support.preloaded import launcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from idp.app import Parts
    from idp.web.site import Services

_LOOK_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 90  # a busy machine takes its time
_READY: Final = b"GET /healthz/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


@dataclass
class Nodes:
    """What an operator has: the folder, the servers by number, and services to ask beside them.

    The issuer is the first server's address. ``parts`` are open as long as the servers run.
    """

    folder: Path
    issuer: str
    ports: tuple[int, ...]
    parts: Parts
    services: Services
    pids: dict[int, int] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "instance"

    @property
    def log(self) -> Path:
        """What all servers have said."""
        return self.folder / "servers.log"

    def start(self, number: int, *options: str, ahead: int = 0) -> None:
        """Start a server with these options of ``idp serve``; its clock may be ahead."""
        serve = ("serve", "--home", str(self.home), "--port", str(self.ports[number]))
        self.pids[number] = launcher().start(*serve, *options, log=self.log, ahead=ahead)

    async def kill(self, number: int) -> None:
        """Kill a server as nothing can be refused (SIGKILL)."""
        os.kill(self.pids[number], signal.SIGKILL)
        await self.ended(number)

    async def stop(self, number: int) -> int:
        """Stop a server as a service manager does (SIGTERM); return its exit code."""
        os.kill(self.pids[number], signal.SIGTERM)
        return await self.ended(number)

    async def ended(self, number: int) -> int:
        """Wait for the end of a server; return its exit code, negative after a signal."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (code := launcher().ended(self.pids[number])) is None:
            assert time.monotonic() < deadline, "the server does not stop"
            await asyncio.sleep(_LOOK_SECONDS)
        del self.pids[number]
        return code

    async def ready(self, *numbers: int) -> None:
        """Wait until these servers, or all that were started, are ready for requests."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for number in numbers or self.pids:
            while not await self.is_ready(number):
                assert time.monotonic() < deadline, self.log.read_text("utf-8")[-2000:]
                await asyncio.sleep(_LOOK_SECONDS)

    async def is_ready(self, number: int) -> bool:
        """Tell whether a server says that it is."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[number])
        except OSError:
            return False
        try:
            writer.write(_READY)
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()


@asynccontextmanager
async def running_nodes(
    folder: Path,
    *,
    count: int = 2,
    databases: Mapping[str, str],
    settings: Mapping[str, str],
    started: bool = True,
) -> AsyncIterator[Nodes]:
    """Make an instance with a sandbox, and serve it from ``count`` processes.

    ``databases`` are URLs by the options of ``idp init``; SQLite without. ``settings`` are added
    to the settings file.
    """
    ports = free_ports(count)
    issuer, home = f"http://localhost:{ports[0]}", folder / "instance"
    init = ["init", str(home), "--issuer", issuer, "--sandbox"]
    init += [word for name, url in databases.items() for word in (f"--{name}", url)]
    made = launcher().start(*init, log=folder / "init.log")
    while (code := launcher().ended(made)) is None:
        await asyncio.sleep(_LOOK_SECONDS)
    assert code == 0, (folder / "init.log").read_text("utf-8")
    with (home / "settings.env").open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    chosen = load(home)
    parts = parts_of(chosen, open_keystore(chosen))
    async with parts.opened():
        nodes = Nodes(folder, issuer, tuple(ports), parts, build_services(parts))
        try:
            for number in range(count if started else 0):
                nodes.start(number)
            await nodes.ready()
            yield nodes
        finally:
            for number in tuple(nodes.pids):
                await nodes.kill(number)
