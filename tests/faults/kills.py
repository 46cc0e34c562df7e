"""kill -9 of servers, and of the database, while codes are redeemed and tokens refreshed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import asyncpg

from tests.faults.fault import Fault, Outcome
from tests.faults.load import Load
from tests.faults.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.fault import World
    from tests.faults.load import Told
    from tests.support.nodes import Nodes
    from tests.support.postgres import Postgres

KILLS: Final = 100  # on each of two kinds of database
DATABASE_KILLS: Final = 20
_CHECKED: Final = 12  # of what was told last before each kill


async def kill_servers(nodes: Nodes, kills: int) -> Told:
    """Kill one server after the other, and start each again."""

    async def kill(number: int) -> None:
        await nodes.kill(number % 2)
        nodes.start(number % 2)
        await nodes.ready()

    return await _under_load(nodes, kills, kill)


async def kill_database(nodes: Nodes, cluster: Postgres, kills: int) -> Told:
    """Kill PostgreSQL as often: its first process, or one that is at work for a server."""

    async def kill(number: int) -> None:
        if number % 2:
            await _kill_backend(nodes)
        else:
            await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start)
        await nodes.ready()

    return await _under_load(nodes, kills, kill)


async def _under_load(nodes: Nodes, kills: int, kill: Callable[[int], Awaitable[None]]) -> Told:
    delays = random.Random(kills)
    async with Load(await Platform.register(nodes)) as load:
        for number in range(kills):
            await asyncio.sleep(delays.uniform(0.1, 0.6))
            began = time.monotonic()
            await kill(number)
            load.told.back = max(load.told.back, time.monotonic() - began)
            await load.check(_CHECKED)
    return load.told


async def _kill_backend(nodes: Nodes) -> None:
    """PostgreSQL takes the death of one process for damage, and begins anew by itself."""
    connection = await asyncpg.connect(nodes.parts.settings.database_url)
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND datname = current_database() AND pid <> pg_backend_pid() "
        "ORDER BY state = 'idle', state_change DESC LIMIT 1"
    )
    connection.terminate()
    os.kill(rows[0]["pid"], signal.SIGKILL)


def judged(told: Told, kills: int, what: str) -> Outcome:
    """Say what came of it."""
    doubles = told.doubles + told.forks
    outcome = Outcome(
        f"{kills} x kill -9 of {what}: {doubles} doubles, {len(told.lost)} acknowledged grants "
        f"lost; {told.redeemed} redeemed, {told.refreshed} refreshed, {told.raced} raced, "
        f"{told.checked} looked at again",
        numbers={
            "kills": kills,
            "doubles": doubles,
            "lost": len(told.lost),
            "redeemed": told.redeemed,
            "refreshed": told.refreshed,
            "raced": told.raced,
            "checked": told.checked,
            "done without an answer": told.unheard,
            "retried too late": told.late,
            "ready again after s at most": round(told.back, 1),
            **{f"interrupted: {name}": count for name, count in told.interrupted.items()},
        },
    )
    outcome.wrong += [*told.lost, *told.wrong]
    if doubles:
        outcome.wrong.append(f"{doubles} doubles")
    if not told.checked:
        outcome.wrong.append("nothing was looked at")
    return outcome


async def _servers(kind: str, world: World) -> Outcome:
    kills = world.count(KILLS)
    async with world.nodes(kind) as nodes:
        told = await kill_servers(nodes, kills)
    return judged(told, kills, "a provider")


async def _database(world: World) -> Outcome:
    kills = world.count(DATABASE_KILLS)
    with world.cluster() as cluster:
        async with world.nodes("postgresql", cluster=cluster) as nodes:
            told = await kill_database(nodes, cluster, kills)
    return judged(told, kills, "PostgreSQL")


_PROMISED: Final = "0 doubles, 0 acknowledged grants lost"
FAULTS: Final = [
    *(
        Fault(f"kill-{kind}", _PROMISED, partial(_servers, kind))
        for kind in ("sqlite", "postgresql")
    ),
    Fault("kill-database", _PROMISED, _database),
]
