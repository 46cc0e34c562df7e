"""Requests that are cut off in the middle, thousands of them: what do they leave behind?"""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg

from tests.faults.fault import Fault, Outcome
from tests.faults.platform import OFFLINE, Platform
from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.fault import World
    from tests.support.nodes import Nodes

REQUESTS: Final = 10_000
_AT_ONCE: Final = 32
_LOGINS: Final = 16
_TOKENS: Final = 50  # codes and refresh tokens that the requests are about
_REST_SECONDS: Final = 20  # until everything that is under way has ended
_LOOK_SECONDS: Final = 0.1
_LISTENS: Final = "0A"


@dataclass
class Left:
    """What was left behind, of each server, and in the database."""

    cut: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    transactions: int = 0
    busy: int = 0
    locked: bool = False
    refused: list[str] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not (self.connections or self.transactions or self.busy or self.locked)

    def outcome(self) -> Outcome:
        """Say what came of it."""
        outcome = Outcome(
            f"{self.cut.total()} requests aborted ({_told(self.cut)}): {self.connections} leaked "
            f"connections, {self.transactions} idle transactions, {self.busy} busy ones",
            numbers={
                "requests": self.cut.total(),
                "connections": self.connections,
                "transactions": self.transactions,
            },
        )
        if not self.is_nothing:
            outcome.wrong.append("something was left behind")
        if self.locked:
            outcome.wrong.append("the database stays locked for writing")
        outcome.wrong += self.refused
        return outcome


def _told(cut: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(cut.items()))


async def abort(nodes: Nodes, count: int) -> Left:
    """Abort so many requests, and look for what they have left."""
    left = Left()
    platform = await Platform.register(nodes)
    await _sign_in_everywhere(platform, left)
    requests = await _requests(platform)
    chance = random.Random(count)
    waiting = iter(range(count))
    await asyncio.gather(
        *(_client(nodes, waiting, requests, chance, left.cut) for _ in range(_AT_ONCE))
    )
    await _rest(nodes, left)
    await _sign_in_everywhere(platform, left)
    return left


async def _requests(platform: Platform) -> list[bytes]:
    """Return what is sent: whatever writes, reads, or is refused."""
    codes = await platform.codes(_TOKENS, OFFLINE)
    authorize = platform.authorization(OFFLINE)
    pushed = {"client_id": platform.client_id, "scope": "openid"}
    return [
        *(platform.redemption(code) for code in codes),
        *(platform.refreshing(f"no token {number}") for number in range(5)),
        *[authorize] * _TOKENS,
        *[request("POST", "/par", pushed, authorization=platform.authorization_header)] * 5,
        *[request("GET", "/userinfo", authorization="Bearer nothing")] * 5,
        request("GET", "/jwks"),
    ]


async def _client(
    nodes: Nodes,
    waiting: Iterator[int],
    requests: list[bytes],
    chance: random.Random,
    cut: Counter[str],
) -> None:
    turns = itertools.cycle(nodes.ports)
    for _ in waiting:
        where, sent = _cut(chance.choice(requests), chance)
        cut[where] += 1
        wire = Wire(next(turns))
        await wire.send(sent)
        # At once, or a little later: in the middle of whatever the server does by then.
        await asyncio.sleep(chance.choice((0, 0, 0.001, 0.005)))
        if chance.random() < 0.5:
            await wire.leave()
        else:
            wire.close()


def _cut(data: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Return a request, or how far it comes, and the name of where it is cut off."""
    head, _, body = data.partition(b"\r\n\r\n")
    kind = chance.choice(("after it", "in its body", "in its head"))
    if kind == "in its head" or (kind == "in its body" and not body):
        return "in its head", data[: chance.randrange(1, len(head))]
    if kind == "in its body":
        return kind, data[: len(head) + 4 + chance.randrange(len(body))]
    return kind, data


async def _rest(nodes: Nodes, left: Left) -> None:
    """Wait until nothing is left, or note what is.

    A request whose sender has gone is worked on to its end all the same.
    """
    deadline = time.monotonic() + _REST_SECONDS
    while True:
        left.connections = sum(connections(pid) for pid in nodes.pids.values())
        await _look_at_database(nodes, left)
        if left.is_nothing or time.monotonic() > deadline:
            return
        await asyncio.sleep(_LOOK_SECONDS)


def connections(pid: int) -> int:
    """Count the sockets of a process that neither listen nor lead to its own machine's database.

    One whose other side has gone counts for as long as the process keeps it.
    """
    links = [_link(one) for one in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {link.removeprefix("socket:[").rstrip("]") for link in links if "socket:" in link}
    return len(sockets - _inodes("unix", 6) - _inodes("tcp", 9, _LISTENS) - _listening_v6())


def _listening_v6() -> set[str]:
    return _inodes("tcp6", 9, _LISTENS) if Path("/proc/net/tcp6").exists() else set()


def _inodes(table: str, column: int, state: str = "") -> set[str]:
    """Return the sockets in a table of the kernel, see proc_net(5); those in a state, if given."""
    lines = Path("/proc/net", table).read_text("utf-8").splitlines()[1:]
    return {line.split()[column] for line in lines if not state or line.split()[3] == state}


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:  # closed since it was listed
        return ""


async def _look_at_database(nodes: Nodes, left: Left) -> None:
    url = nodes.parts.settings.database_url
    if url.startswith("sqlite"):
        left.locked = not await asyncio.to_thread(_can_write, url.removeprefix("sqlite:///"))
        return
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT state, count(*) AS number FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND datname = current_database() "
            "AND pid <> pg_backend_pid() GROUP BY state"
        )
    finally:
        await connection.close()
    states = Counter({row["state"]: row["number"] for row in rows})
    left.transactions = sum(states[name] for name in states if "transaction" in name)
    left.busy = states["active"]


def _can_write(file: str) -> bool:
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
    return True


async def _sign_in_everywhere(platform: Platform, left: Left) -> None:
    """More logins at once, at each server, than its pool has connections; fewer than too many."""
    for port in platform.nodes.ports:
        wires = [Wire(port) for _ in range(_LOGINS)]
        found = await asyncio.gather(*(_sign_in(platform, wire) for wire in wires))
        left.refused += [f"a login: {error}" for error in found if error]
        for wire in wires:
            wire.close()


async def _sign_in(platform: Platform, wire: Wire) -> str:
    """Sign in, told to come again or not; return what is wrong at last."""
    deadline = time.monotonic() + _REST_SECONDS
    while True:
        try:
            code = await platform.code(wire)
            answer = await wire.ask(platform.redemption(code))
        except OSError as error:
            if time.monotonic() > deadline:
                return str(error) or type(error).__name__
        else:
            return answer.error()
        await asyncio.sleep(_LOOK_SECONDS)


async def _aborted(kind: str, world: World) -> Outcome:
    # Of one connection to the database none may be missing, or nobody is served any more.
    async with world.nodes(kind, IDP_DATABASE_POOL="1") as nodes:
        left = await abort(nodes, world.count(REQUESTS))
    return left.outcome()


_PROMISED: Final = "0 leaked connections, 0 idle transactions, and everybody else is served"
FAULTS: Final = [
    Fault(f"aborted-{kind}", _PROMISED, partial(_aborted, kind))
    for kind in ("sqlite", "postgresql")
]
