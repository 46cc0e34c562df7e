"""Restarts under load: behind nginx as our sample sets it up, and worker by worker at SIGHUP."""

# ruff: noqa: ASYNC110 - what is waited for happens in other processes
from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.processes import tree
from tests.faults.fault import Fault, LeftOut, Outcome
from tests.faults.platform import Platform
from tests.faults.traffic import Seen, Traffic
from tests.support.ports import free_ports
from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from tests.faults.fault import World
    from tests.support.nodes import Nodes

RATE: Final = 200 / 3  # sign-ins a second, of three requests each
SECONDS: Final = 90
WORKERS: Final = 2
DRAIN_SECONDS: Final = 6  # more than the sample's keepalive_timeout
_SAMPLE: Final = Path(__file__).parents[2] / "deploy" / "nginx" / "network-id.conf"
_PATIENCE_SECONDS: Final = 120
_BETWEEN_SECONDS: Final = 4  # more than the sample's fail_timeout


def configuration(folder: Path, port: int, servers: Sequence[int]) -> str:
    """Return our sample for plain HTTP on this machine, between nginx's own braces."""
    text = _SAMPLE.read_text(encoding="utf-8")
    text = text[: text.index("server {\n    # Nobody's code")]
    line = re.search(r"    server 127\.0\.0\.1:8000 ([^;]*);\n", text)
    assert line is not None
    lines = "".join(f"    server 127.0.0.1:{one} {line[1]};\n" for one in servers)
    text = text.replace(line[0], lines)
    text = re.sub(r"    (ssl_\w+ |listen \[).*\n", "", text)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    text = re.sub(r"/var/log/nginx/", f"{folder}/", text)
    return (
        f"daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n{text}}}\n"
    )


@asynccontextmanager
async def nginx(folder: Path, servers: Sequence[int]) -> AsyncIterator[int]:
    """Run nginx before these ports for the length of the block; gives its port."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise LeftOut("nginx is not installed (Debian: apt-get install nginx)")
    (port,) = free_ports(1)
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, port, servers), encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(file), "-e", str(folder / "nginx.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - it does not wait
    try:
        await _answers(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


async def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "nginx does not start"
        try:
            async with Wire(port) as wire:
                if (await wire.ask(request("GET", "/healthz/live"))).status == 200:
                    return
        except OSError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("nginx does not answer")


async def under_load(traffic: Traffic, rate: float, work: Awaitable[int]) -> tuple[Seen, int]:
    """Let people sign in for as long as the work takes, and a second more; return what came."""
    seen, working = Seen(), asyncio.ensure_future(work)
    while not working.done():
        await traffic.pace(rate, 1.0, seen)
    await traffic.pace(rate, 1.0, seen)
    return seen, await working


async def _roll(nodes: Nodes, seconds: float) -> int:
    """Restart one server after the other, until the time is over; return how many restarts."""
    restarts, end = 0, time.monotonic() + seconds
    while restarts == 0 or time.monotonic() < end:
        for number in sorted(nodes.pids):
            await nodes.stop(number)
            nodes.start(number)
            await nodes.ready(number)
            restarts += 1
            await asyncio.sleep(_BETWEEN_SECONDS)
    return restarts


async def _rolling(world: World) -> Outcome:
    async with world.nodes("postgresql", IDP_DRAIN_SECONDS=str(DRAIN_SECONDS)) as nodes:
        platform = await Platform.register(nodes)
        async with nginx(world.folder, nodes.ports) as port:
            traffic = Traffic(platform, [port])
            try:
                work = _roll(nodes, SECONDS * world.part)
                seen, restarts = await under_load(traffic, RATE * min(1, world.part * 2), work)
            finally:
                traffic.close()
    return judged(seen, f"{restarts} restarts of one of two servers behind nginx")


def _workers(pid: int) -> set[int]:
    """Return the worker processes below the first."""
    every = {one: Path(f"/proc/{one}/cmdline").read_bytes() for one in tree(pid)[1:]}
    return {one for one, command in every.items() if b"spawn_main" in command}


async def _reload(nodes: Nodes, seconds: float) -> int:
    """Have the workers replaced, until the time is over; return how often all of them were."""
    reloads, end = 0, time.monotonic() + seconds
    while reloads == 0 or time.monotonic() < end:
        old = _workers(nodes.pids[0])
        os.kill(nodes.pids[0], signal.SIGHUP)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while old & _workers(nodes.pids[0]):
                await asyncio.sleep(0.1)
        assert len(_workers(nodes.pids[0])) == len(old) == WORKERS
        assert await nodes.is_ready(0)
        reloads += 1
    return reloads


async def _reloading(world: World) -> Outcome:
    async with world.nodes("sqlite", count=1, IDP_WORKERS=str(WORKERS)) as nodes:
        platform = await Platform.register(nodes)
        traffic = Traffic(platform, nodes.ports)
        try:
            work = _reload(nodes, SECONDS / 2 * world.part)
            seen, reloads = await under_load(traffic, RATE * min(1, world.part * 2), work)
        finally:
            traffic.close()
    return judged(seen, f"workers replaced {reloads} times")


def judged(seen: Seen, what: str) -> Outcome:
    """Say what came of it: every sign-in has to be whole."""
    failed = seen.begun - seen.whole
    outcome = Outcome(
        f"{what}, under {3 * seen.begun} requests: {failed} sign-ins failed",
        numbers={"sign-ins": seen.begun, "failed": failed},
    )
    if failed:
        outcome.wrong.append(f"{failed} of {seen.begun} sign-ins failed")
    if seen.late:
        outcome.wrong.append(f"{seen.late} sign-ins were never sent: this process was too slow")
    outcome.wrong += [f"{path}: 503, {count} times" for path, count in seen.refused.items()]
    outcome.wrong += [f"{one}: {count} times" for one, count in seen.wrong.most_common(5)]
    return outcome


_PROMISED: Final = "0 failed requests under 200 a second"
FAULTS: Final = [
    Fault("rolling-restart", _PROMISED, _rolling),
    Fault("reload", _PROMISED, _reloading),
]
