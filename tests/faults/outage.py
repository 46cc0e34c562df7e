"""The database goes away, hangs, may not be written, or has no room: said clearly, and got over."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.benchmarks.processes import tree
from tests.faults.fault import Fault, Outcome
from tests.faults.platform import Platform
from tests.faults.traffic import Seen, Traffic
from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.faults.fault import World
    from tests.support.nodes import Nodes
    from tests.support.postgres import Postgres
    from tests.support.wire import WireAnswer

SECONDS: Final = 30
RATE: Final = 10
MOST_WAITED: Final = 15.0
RECOVERY_SECONDS: Final = 30
_PUBLIC: Final = ("/jwks", "/.well-known/openid-configuration", "/healthz/live")
_PAUSE_SECONDS: Final = 0.25


@dataclass
class Told:
    """What was answered while something was broken, and how long the slowest answer took."""

    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def of(self, path: str) -> set[str]:
        return {one.partition(" ")[2] for one in self.answers if one.partition(" ")[0] == path}


async def asked(told: Told, port: int, name: str, data: bytes) -> WireAnswer | None:
    """Ask once, and note what was answered."""
    began = time.monotonic()
    async with Wire(port) as wire:
        try:
            async with asyncio.timeout(2 * MOST_WAITED):
                answer = await wire.ask(data)
        except (OSError, TimeoutError) as error:
            told.answers[f"{name} {type(error).__name__}"] += 1
            return None
    told.slowest = max(told.slowest, time.monotonic() - began)
    told.answers[f"{name} {answer.status}"] += 1
    return answer


async def again_and_again(told: Told, port: int, name: str, data: bytes) -> None:
    while True:
        await asked(told, port, name, data)
        await asyncio.sleep(_PAUSE_SECONDS)


async def broken(
    nodes: Nodes,
    platform: Platform,
    breaking: Callable[[], Awaitable[None]],
    mending: Callable[[], Awaitable[None]],
    seconds: float,
) -> tuple[Told, Seen, float, list[WireAnswer | None]]:
    """Break it for so long under sign-ins; return what was seen, recovery, and a code's fate.

    One code was made before: it is sent while all is broken, after that, and once more.
    """
    port, told = nodes.ports[0], Told()
    before, kept = await platform.codes(2)
    async with Wire(port) as wire:
        token = (await wire.ask(platform.redemption(before))).json()["access_token"]
    userinfo = request("GET", "/userinfo", authorization=f"Bearer {token}")
    traffic = Traffic(platform, nodes.ports[:1])
    await breaking()
    watches = {path: request("GET", path) for path in (*_PUBLIC, "/healthz/ready")}
    watchers = [
        asyncio.create_task(again_and_again(told, port, name, data))
        for name, data in (watches | {"/userinfo": userinfo}).items()
    ]
    redeeming = asyncio.create_task(asked(told, port, "/token", platform.redemption(kept)))
    try:
        seen = await traffic.pace(RATE, seconds)
        await mending()
        mended = time.monotonic()
        while time.monotonic() - mended < RECOVERY_SECONDS + 1:
            if await nodes.is_ready(0) and (await traffic.pace(RATE, 0.3)).whole:
                break
        recovery = time.monotonic() - mended
    finally:
        for watcher in watchers:
            watcher.cancel()
        traffic.close()
    fate = [await redeeming]
    fate += [await asked(Told(), port, "/token", platform.redemption(kept)) for _ in range(2)]
    return told, seen, recovery, fate


def judged(
    found: tuple[Told, Seen, float, list[WireAnswer | None]], what: str, *, certain: bool
) -> Outcome:
    """Say what came of it; ``certain`` when what was refused meanwhile cannot have been done."""
    told, seen, recovery, fate = found
    ready = "/".join(sorted(told.of("/healthz/ready")))
    outcome = Outcome(
        f"{what}: {seen.begun} sign-ins, {seen.whole} whole, {sum(seen.refused.values())} told "
        f"503; ready said {ready}, the slowest answer took {told.slowest:.1f} s; "
        f"recovery in {recovery:.1f} s",
        numbers={"recovery seconds": round(recovery, 1), "slowest": round(told.slowest, 1)},
    )
    wrong = outcome.wrong
    wrong += [f"{path}: {told.of(path)}" for path in _PUBLIC if told.of(path) != {"200"}]
    if not told.of("/userinfo") <= {"200", "503"}:
        wrong.append(f"/userinfo: {told.of('/userinfo')}")
    if told.slowest > MOST_WAITED:
        wrong.append(f"somebody waited for {told.slowest:.1f} s")
    if recovery > RECOVERY_SECONDS:
        wrong.append("it did not recover by itself")
    states = ["no answer" if one is None else one.error().partition(" ")[0] for one in fate]
    if certain and states != ["temporarily_unavailable", "", "invalid_grant"]:
        wrong.append(f"the code that was sent meanwhile, after, and again: {states}")
    if states[1:].count("") > 1 or (not certain and states[0] == "" and "" in states[1:]):
        wrong.append(f"a code was redeemed twice: {states}")
    wrong += [f"{one}: {count} times" for one, count in seen.wrong.most_common(5)]
    return outcome


async def _hang(cluster: Postgres) -> None:
    await _signal(cluster, signal.SIGSTOP)


async def _go_on(cluster: Postgres) -> None:
    await _signal(cluster, signal.SIGCONT)


async def _signal(cluster: Postgres, number: int) -> None:
    assert cluster.server is not None
    for pid in tree(cluster.server.pid):
        os.kill(pid, number)


async def _kill(cluster: Postgres) -> None:
    await asyncio.to_thread(cluster.kill)


async def _start(cluster: Postgres) -> None:
    await asyncio.to_thread(cluster.start)


def _writing(cluster: Postgres, how: str) -> None:
    cluster._run("psql", "--quiet", "-c", f"ALTER SYSTEM SET default_transaction_read_only = {how}")
    cluster._run("psql", "--quiet", "-c", "SELECT pg_reload_conf()", "-o", os.devnull)


async def forbid(nodes: Nodes, platform: Platform, cluster: Postgres, seconds: float) -> Outcome:
    """Let nobody write into any database of the cluster, as on a standby."""
    ways = partial(_forbid, cluster), partial(_allow, cluster)
    what = "PostgreSQL is read-only"
    return await away(nodes, platform, ways, what, certain=True, seconds=seconds)


async def _forbid(cluster: Postgres) -> None:
    await asyncio.to_thread(_writing, cluster, "on")
    await asyncio.sleep(0.5)  # every session hears of it at its next statement


async def _allow(cluster: Postgres) -> None:
    await asyncio.to_thread(_writing, cluster, "off")


@asynccontextmanager
async def _on_postgresql(world: World) -> AsyncIterator[tuple[Nodes, Platform, Postgres]]:
    with world.cluster() as cluster:
        async with world.nodes("postgresql", count=1, cluster=cluster) as nodes:
            yield nodes, await Platform.register(nodes), cluster


async def _away(
    breaking: Callable[[Postgres], Awaitable[None]],
    mending: Callable[[Postgres], Awaitable[None]],
    what: str,
    certain: bool,
    world: World,
) -> Outcome:
    async with _on_postgresql(world) as (nodes, platform, cluster):
        seconds = max(3.0, SECONDS * world.part)
        ways = partial(breaking, cluster), partial(mending, cluster)
        return await away(nodes, platform, ways, what, certain=certain, seconds=seconds)


async def away(
    nodes: Nodes,
    platform: Platform,
    ways: tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]],
    what: str,
    *,
    certain: bool,
    seconds: float,
) -> Outcome:
    """Take the database away by the first of two ways, and give it back by the second."""
    breaking, mending = ways
    try:
        found = await broken(nodes, platform, breaking, mending, seconds)
    finally:
        await mending()
    outcome = judged(found, what, certain=certain)
    if "503" not in found[0].of("/healthz/ready"):
        outcome.wrong.append("it said that it was ready")
    return outcome


async def _full(world: World) -> Outcome:
    async with world.nodes("sqlite", count=1) as nodes:
        platform = await Platform.register(nodes)
        return await fill(nodes, platform, max(3.0, SECONDS / 3 * world.part))


async def fill(nodes: Nodes, platform: Platform, seconds: float) -> Outcome:
    """Let no file of the first server grow any more, neither its databases nor its log."""

    async def limit(most: int) -> None:
        resource.prlimit(nodes.pids[0], resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    mending = partial(limit, resource.RLIM_INFINITY)
    try:
        found = await broken(nodes, platform, partial(limit, 0), mending, seconds)
    finally:
        await mending()
    return judged(found, "no room on the disk", certain=True)


_PROMISED: Final = (
    "JWKS, discovery and liveness always answered, 503 with Retry-After for the rest, nobody waits "
    "for longer than 15 s, no wrong answer, nothing half done, recovery by itself"
)
FAULTS: Final = [
    Fault(
        "away-hangs",
        f"readiness false, {_PROMISED}",
        partial(_away, _hang, _go_on, "PostgreSQL hangs", False),
    ),
    Fault(
        "away-killed",
        f"readiness false, {_PROMISED}",
        partial(_away, _kill, _start, "PostgreSQL is killed", True),
    ),
    Fault(
        "read-only",
        f"readiness false, {_PROMISED}",
        partial(_away, _forbid, _allow, "PostgreSQL is read-only", True),
    ),
    Fault("disk-full", _PROMISED, _full),
]
