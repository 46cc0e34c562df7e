"""Transactions of one process that share a COMMIT, and with it one wait for the disk.

- Work waits in a queue. Once the event loop has heard everybody who is ready, all of it runs within
  one ``BEGIN IMMEDIATE`` … ``COMMIT``, in its order: the lock is held no longer than that takes.
- Who is ready: as long as each turn of the loop brings somebody, and, where the last group was of
  several, for a few turns more. Whoever comes alone is not kept waiting.
- Nobody is told of success before COMMIT has returned (promise P8).
- Work is a statement that runs in one go, or a block of statements (``turn``) that may wait for
  other things between them. A block runs alone, in a savepoint where others have run before it.
- What fails is undone alone. SQLite undoes a statement that fails; a statement of several parts
  that fails half way is undone with the whole group, and the others run once more without it.
- Where SQLite gives a whole transaction up by itself (a full disk, an I/O error, no memory), all
  of the group fails as Unavailable.
- Nobody waits longer than ``WAIT_SECONDS``: not for the lock of another process, nor for a block
  of this one. Who has run already and only waits for the COMMIT cannot be refused: then the block
  that holds it up is undone instead.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from idp.storage.database import Unavailable
from idp.storage.sqlite_errors import is_busy, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.storage.database import Row

WAIT_SECONDS = 5.0
POLL_SECONDS = 0.002
MOST = 256  # that share a COMMIT: so long it may take until the first of them is told
ENOUGH = 32  # for whom nobody else is waited for
EMPTY_TURNS = 6  # of the event loop, in which nobody came: 3 µs in all if it has nothing to do
SPAN_SECONDS = 0.02  # after which no further block joins, and no empty turn is waited for


class HalfDone(Exception):
    """A statement of several parts found nothing on its way, after it had changed something."""


class Work:
    """One transaction, from the moment it waits: what runs in one go, or a block (no ``run``)."""

    __slots__ = ("ended", "refused", "rows", "run", "since", "turn")

    def __init__(
        self, run: Callable[[], list[Row]] | None, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.run = run
        self.since = loop.time()
        self.ended: asyncio.Future[list[Row]] = loop.create_future()
        self.turn: asyncio.Future[None] | None = None
        self.rows: list[Row] = []
        self.refused: Unavailable | None = None
        """Why a block cannot go on, if it cannot."""

    def is_gone(self) -> bool:
        """Tell whether nobody waits for it any more: its task was cancelled."""
        return (self.turn or self.ended).cancelled()

    def fail(self, error: BaseException) -> None:
        """Say to whoever waits what happened."""
        awaited = self.ended if self.turn is None or self.turn.done() else self.turn
        if not awaited.done():
            awaited.set_exception(error)


class Group:
    """Who waits to write through one connection, and what its open transaction holds."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._waiting: deque[Work] = deque()
        self._ran: list[Work] = []  # and were not told so yet
        self._block: Work | None = None
        self._called = False  # somebody goes through the queue, or will
        self._shared = False  # whether the last COMMIT was of several
        self._alarm: asyncio.TimerHandle | None = None
        self._opened = 0.0
        self.open = False
        """Whether the connection is within a transaction."""

    async def run(self, work: Callable[[], list[Row]]) -> list[Row]:
        """Run ``work`` on the connection in a transaction; return its rows once they are durable.

        It runs in one go, and perhaps twice. Raises what it raises, and Unavailable.
        """
        loop = asyncio.get_running_loop()
        waiting = Work(work, loop)
        self._waiting.append(waiting)
        if not self._called:
            self._called = True
            loop.call_soon(self._gather, 1, 0)
        elif self.open and self._alarm is None:
            self._set_alarm()
        return await waiting.ended

    async def enter(self) -> Work:
        """Wait until a block may run its statements; ``leave`` must follow. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        block, turn = Work(None, loop), loop.create_future()
        block.turn = turn
        self._waiting.append(block)
        if not self._called:
            self._called = True
            self._begin()
        elif self.open and self._alarm is None:
            self._set_alarm()
        try:
            await turn
        except asyncio.CancelledError:
            if self._block is block:  # it was given in the moment of the cancellation
                self._undo(block)
            raise
        return block

    async def leave(self, block: Work, *, undo: bool) -> None:
        """End a block: what it did is durable when this returns, or is undone and leaves no trace.

        Raises Unavailable when it could not be kept; nothing of it is there then.
        """
        if undo:
            if self._block is block:
                self._undo(block)
            return
        if block.refused is not None:
            raise block.refused
        if self._ran:
            self._driver.execute("RELEASE block")
        self._ran.append(block)
        self._end_block()
        await block.ended

    def look_at(self, block: Work) -> None:
        """See whether a statement of ``block`` that failed has ended the whole transaction."""
        if self._block is block and not self._driver.in_transaction:
            self._lose(Unavailable("a statement failed, and the transaction with it"))

    def close(self) -> None:
        """Refuse whoever waits still."""
        for work in (*self._ran, *self._waiting):
            work.fail(Unavailable("the database is being closed"))
        self._ran.clear()
        self._waiting.clear()

    def _gather(self, before: int, empty: int) -> None:
        """Begin once nobody else seems to come. ``before`` waited a turn ago, ``empty`` were.

        A COMMIT is a wait for the disk, and writes whole pages: both are for one what they are for
        many.
        """
        waiting, loop = len(self._waiting), asyncio.get_running_loop()
        empty = 0 if waiting > before else empty + 1
        # A turn takes 10 ms and more where the loop has much else to do.
        late = bool(empty and waiting) and loop.time() > self._waiting[0].since + SPAN_SECONDS
        if late or waiting >= ENOUGH or empty > (EMPTY_TURNS if self._shared else 0):
            self._begin()
        else:
            loop.call_soon(self._gather, waiting, empty)

    def _begin(self) -> None:
        """Take the write lock at once: a later upgrade could fail half way (DESIGN §6)."""
        while self._waiting and self._waiting[0].is_gone():
            self._waiting.popleft()
        if not self._waiting:
            self._called = False
            return
        try:
            self._driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._not_begun(error)
            return
        self.open = True
        self._opened = asyncio.get_running_loop().time()
        self._go_on()

    def _not_begun(self, error: sqlite3.Error) -> None:
        if is_busy(error):
            self._refuse_overdue()
            asyncio.get_running_loop().call_later(POLL_SECONDS, self._begin)
            return
        with suppress(sqlite3.Error):
            self._driver.rollback()  # if a transaction is open that could not be ended
        while self._waiting:
            self._waiting.popleft().fail(unavailable(error))
        self._called = False

    def _go_on(self) -> None:
        """Run what waits, up to the next block; then COMMIT."""
        while self._waiting and len(self._ran) < MOST:
            work = self._waiting[0]
            after_block = bool(self._ran) and self._ran[-1].turn is not None
            if self._late() if work.turn is not None else after_block:
                break  # after a block there is nothing that could have to run once more
            self._waiting.popleft()
            if work.is_gone():
                continue
            if work.turn is not None:
                self._give_turn(work, work.turn)
                return
            if not self._run(work):
                return
        self._commit()

    def _late(self) -> bool:
        now = asyncio.get_running_loop().time()
        return bool(self._ran) and now > self._opened + SPAN_SECONDS

    def _run(self, work: Work) -> bool:
        """Run work that runs in one go; False when there is no transaction any more."""
        assert work.run is not None  # noqa: S101 - what is no block has it
        before = self._driver.total_changes
        try:
            work.rows = work.run()
        except Exception as error:  # noqa: BLE001 - told to whose work it is, whatever it is
            work.fail(error)
            if not self._driver.in_transaction:
                self._lose(error)
            elif self._driver.total_changes != before:
                self._start_anew()
            else:
                return True
            return False
        self._ran.append(work)
        return True

    def _start_anew(self) -> None:
        self._driver.execute("ROLLBACK")
        self.open = False
        self._waiting.extendleft(reversed(self._ran))
        self._ran.clear()
        self._next()

    def _give_turn(self, block: Work, turn: asyncio.Future[None]) -> None:
        self._block = block
        try:
            if self._ran:
                self._driver.execute("SAVEPOINT block")
        except sqlite3.Error as error:
            block.fail(unavailable(error))
            self._lose(error)
            return
        turn.set_result(None)
        if self._ran or self._waiting:
            self._set_alarm()

    def _end_block(self) -> None:
        self._block = None
        self._stop_alarm()
        asyncio.get_running_loop().call_soon(self._go_on)

    def _undo(self, block: Work) -> None:
        if not self._ran:
            self._lose(block.refused or Unavailable("the transaction was undone"))
            return
        try:
            self._driver.execute("ROLLBACK TO block")
            self._driver.execute("RELEASE block")
        except sqlite3.Error as error:
            self._lose(error)
        else:
            self._end_block()

    def _commit(self) -> None:
        try:
            self._driver.execute("COMMIT")
        except sqlite3.Error as error:
            self._lose(error)
            return
        self.open = False
        self._shared = len(self._ran) > 1
        for work in self._ran:
            if not work.ended.done():
                work.ended.set_result(work.rows)
        self._ran.clear()
        self._next()

    def _lose(self, error: BaseException) -> None:
        """Undo the whole transaction, if SQLite has not done so, and say so to all of it."""
        with suppress(sqlite3.Error):
            self._driver.rollback()
        self.open = False
        if self._block is not None:
            self._block.refused = unavailable(error)
            self._block = None
        self._stop_alarm()
        for work in self._ran:
            work.fail(unavailable(error))
        self._ran.clear()
        self._next()

    def _next(self) -> None:
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._gather, len(self._waiting), 0)
        else:
            self._called = False

    def _set_alarm(self) -> None:
        first = (self._ran or self._waiting)[0]
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_at(first.since + WAIT_SECONDS, self._look_at_the_clock)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _look_at_the_clock(self) -> None:
        self._alarm = None
        now = asyncio.get_running_loop().time()
        if self._block and self._ran and self._ran[0].since + WAIT_SECONDS <= now:
            self._block.refused = Unavailable("the transaction held up others for too long")
            self._undo(self._block)
        self._refuse_overdue()
        if self.open and self._waiting:
            self._set_alarm()

    def _refuse_overdue(self) -> None:
        overdue = asyncio.get_running_loop().time() - WAIT_SECONDS
        while self._waiting and self._waiting[0].since <= overdue:
            self._waiting.popleft().fail(Unavailable("the database stayed locked"))
