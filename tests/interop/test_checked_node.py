"""A platform of openid-client for Node passes everything that ``networkid check-rp`` tries."""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
from network_id_simulator.checker.attempts import Driver
from network_id_simulator.checker.browser import Place
from network_id_simulator.checker.running import Run
from network_id_simulator.checker.simulation import Simulation
from network_id_simulator.checker.wish import Wish, World
from network_id_simulator.config import Config
from network_id_simulator.serving import serving
from network_id_simulator.simulator import Settings
from network_id_simulator.system import system_clock

from tests.interop.test_node import HERE
from tests.support.time import FrozenClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Node:
    """The platform's process, whose clock can be put forward."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def tell(self, value: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(value).encode() + b"\n")

    async def home(self) -> str:
        assert self._process.stdout
        found: str = json.loads(await self._process.stdout.readline())["home"]
        return found


@asynccontextmanager
async def platform(issuer: str) -> AsyncIterator[Node]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", "platform.mjs", cwd=HERE, stdin=pipe, stdout=pipe
    )
    node = Node(process)
    given = {"issuer": issuer, "client_id": "any", "client_secret": "a secret", "seconds": 1}
    node.tell(given)
    try:
        yield node
    finally:
        process.kill()
        await process.wait()


async def test_a_node_platform_passes_everything():
    clock = FrozenClock(system_clock())
    settings = Settings(issuer="", clock=clock.now)
    config = Config(slow_seconds=1.2, huge_bytes=1 << 20)
    with serving(settings, config) as simulator:
        async with platform(simulator.issuer) as node, httpx2.AsyncHTTPTransport() as transport:

            async def later(seconds: float) -> None:
                clock.advance(math.ceil(seconds))
                node.tell(math.ceil(seconds))

            home = await node.home()
            simulation = Simulation(simulator.issuer, transport)
            driver = Driver(Place(f"{home}/login", simulator.issuer), simulation, transport, 5.0)
            # openid-client fetches keys again when a minute has passed.
            wish = Wish(patience=90, skip=["logout", "error", "token-error"])
            world = World(later, lambda: 0.0, lambda _text, _of: None)
            report = await Run(driver, wish, world).report()
            await simulation.end()
    assert {line.name: line.seen for line in report.findings} == {}
