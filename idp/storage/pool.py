"""A bounded pool of connections to one PostgreSQL server; what hands one out costs a few bytecodes.

A statement has no timer of its own: the server ends what takes too long, and for a server that is
gone without a word one task looks once a second at what every connection waits for. Where one
connection is lost, the idle ones are not trusted either: after a failover each would have to be
waited for in its turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idp.storage.database import Unavailable, Use

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TEND_SECONDS = 1.0
_IDLE_SECONDS = 300.0  # after which a connection that a peak opened is closed
_SILENT_SECONDS = 1.0  # that the server's own limit may come late by


class Limits(Struct, frozen=True):
    """How much of a server one process takes: connections to each database, and for how long.

    ``prepared`` keeps statements prepared on each connection. Behind a pooler that gives a
    connection away after each transaction and knows nothing of them there must be none.
    """

    connections: int = 10
    wait_seconds: float = 2.0
    statement_seconds: float = 5.0
    prepared: bool = True


class Held:
    """One connection; ``since`` is when its statement began, 0.0 while it has none.

    ``gone`` is one whose server has said that it is of no use any more.
    """

    __slots__ = ("driver", "gone", "idle_since", "since")

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.gone = False
        self.since = 0.0
        self.idle_since = 0.0


class Pool:
    """Hands out at most as many connections as the limits say; who waits, waits in line."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], limits: Limits) -> None:
        self._connect = connect
        self._limits = limits
        self._free: list[Held] = []
        self._busy: set[Held] = set()
        self._opening = 0
        self._turns: deque[asyncio.Future[Held | None]] = deque()
        self._most = 0  # connections at work or wanted, at most since the last look
        self._tending: asyncio.Task[None] | None = None
        self._left = asyncio.Event()

    async def open(self) -> None:
        """Connect once, so that an address that leads nowhere is known at the start."""
        self.give(await self.take())
        self._tending = asyncio.create_task(self._tend())

    async def take(self) -> Held:
        """Return a connection that is ours until it is given back; raises Unavailable in time."""
        while True:
            while self._free:
                held = self._free.pop()
                if not held.driver.is_closed():
                    self._busy.add(held)
                    return held
            if len(self._busy) + self._opening < self._limits.connections:
                return await self._connected()
            found = await self._turn()
            if found is not None:
                return found

    def give(self, held: Held) -> None:
        """Give back a connection that is between two transactions."""
        held.since = 0.0
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(held)
                return
        self._busy.discard(held)
        held.idle_since = asyncio.get_running_loop().time()
        self._free.append(held)
        self._left.set()

    def drop(self, held: Held, *, all_idle: bool = False) -> None:
        """Part with a connection whatever it is doing, and with the idle ones where asked to."""
        self._busy.discard(held)
        gone = [held]
        if all_idle:
            gone += self._free
            self._free = []
        for one in gone:
            one.driver.terminate()
        self._wake()

    def use(self) -> Use:
        """Return how it is used, and forget the peak."""
        size = self._limits.connections
        used = len(self._busy) + self._opening
        most, self._most = max(self._most, used), used + len(self._turns)
        return Use(used, len(self._busy) + len(self._free), max(0, most - size))

    async def close(self) -> None:
        """Close every connection, waiting for statements under way, though not for ever."""
        if self._tending is not None:
            self._tending.cancel()
            with suppress(asyncio.CancelledError):
                await self._tending
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.statement_seconds + _SILENT_SECONDS):
                while self._busy or self._opening:
                    self._left.clear()
                    await self._left.wait()
        for held in self._busy:
            held.driver.terminate()
        free, self._free = self._free, []
        for held in free:
            with suppress(Exception):  # one that is lost needs no goodbye
                await held.driver.close(timeout=self._limits.statement_seconds)

    async def _connected(self) -> Held:
        self._opening += 1
        try:
            held = Held(await self._connect())
            self._busy.add(held)
        except BaseException:
            self._wake(but_one=True)
            raise
        finally:
            self._opening -= 1
        return held

    async def _turn(self) -> Held | None:
        """Wait for what others give back; None when there is room to connect instead."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Held | None] = loop.create_future()
        self._turns.append(turn)
        self._most = max(self._most, len(self._busy) + self._opening + len(self._turns))
        timer = loop.call_later(self._limits.wait_seconds, _too_long, turn)
        try:
            return await turn
        except Unavailable:
            with suppress(ValueError):  # whoever gave one back meanwhile has passed us over
                self._turns.remove(turn)
            raise
        except asyncio.CancelledError:
            # It may have been handed to us at the very moment in which we were told to leave.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on(turn.result())
            raise
        finally:
            timer.cancel()

    def _pass_on(self, held: Held | None) -> None:
        if held is None:
            self._wake()
        else:
            self.give(held)

    def _wake(self, *, but_one: bool = False) -> None:
        """There is room for one more: let whoever waits longest connect."""
        self._left.set()
        room = self._limits.connections - len(self._busy) - self._opening + but_one
        while self._turns and room > 0:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def _tend(self) -> None:
        silent = self._limits.statement_seconds + _SILENT_SECONDS
        while True:
            await asyncio.sleep(min(_TEND_SECONDS, silent / 4))
            now = asyncio.get_running_loop().time()
            for held in self._busy:
                if held.since and now - held.since > silent:
                    held.driver.terminate()  # whoever waits for it hears that it is lost
            old = [held for held in self._free[:-1] if now - held.idle_since > _IDLE_SECONDS]
            self._free = [held for held in self._free if held not in old]
            for held in old:
                held.driver.terminate()


def _too_long(turn: asyncio.Future[Held | None]) -> None:
    if not turn.done():
        turn.set_exception(Unavailable("no connection to the database became free in time"))
