"""SQLite through the standard library's driver, on the event loop's own thread.

A statement takes some 20 µs, a thread hop 50 to 100: so there is none. Two connections: one that
writes, one transaction at a time, and one that reads, so that a read never sees half a transaction.
Other processes may write too: a lock that is taken is waited for without blocking the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from idp.storage.database import Row
    from idp.storage.statement import Statement

_LOCK_WAIT_SECONDS = 5.0
_LOCK_POLL_SECONDS = 0.002
SOME = 500  # rows that are read at once where there may be any number


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether somebody holds a lock that will be given back.

    The driver gives extended codes: SQLITE_BUSY_RECOVERY, say, while another process that opened
    the file at the same moment reads its log. Only their last byte says what they are about.
    """
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _unavailable(error: sqlite3.Error) -> Unavailable:
    name = getattr(error, "sqlite_errorname", None)
    return Unavailable(f"{name}: {error}" if name else str(error))


class _SqliteConnection:
    """One connection of the driver, and the statements run on it."""

    dialect = "sqlite"

    def __init__(self, path: str, *, durable: bool) -> None:
        self._durable = durable
        try:
            self._driver = sqlite3.connect(path, isolation_level=None, timeout=0)
        except sqlite3.OperationalError as error:
            raise _unavailable(error) from error
        self._driver.row_factory = sqlite3.Row

    async def prepare(self) -> None:
        """Set the connection up; waits for a lock like any statement. Raises Unavailable."""
        for pragma in (
            "journal_mode=WAL",  # several workers may start at once, and one of them recovers it
            f"synchronous={'FULL' if self._durable else 'NORMAL'}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is gone from the file
        ):
            await self._patiently(f"PRAGMA {pragma}", [])

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        rows = await self.all(statement, **given)
        return rows[0] if rows else None

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        compiled = statement.compiled("sqlite")
        return await self._patiently(compiled.sql, compiled.arguments(given))

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``."""
        compiled = statement.compiled("sqlite")
        try:
            self._driver.executemany(compiled.sql, [compiled.arguments(row) for row in rows])
        except sqlite3.OperationalError as error:
            raise _unavailable(error) from error

    async def rows(self, statement: Statement) -> AsyncIterator[list[Row]]:
        """Yield the rows of a statement, some at a time."""
        cursor = self._driver.execute(statement.compiled("sqlite").sql)
        while found := cursor.fetchmany(SOME):
            yield found

    async def begin_reading(self) -> None:
        """See from here on what is there now."""
        await self._patiently("BEGIN", [])
        await self._patiently("SELECT 1 FROM sqlite_master", [])  # the first look counts

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_SqliteConnection]:
        """Go on in the transaction that is open."""
        yield self

    async def _patiently(self, sql: str, arguments: list[Any]) -> list[Row]:
        waited = 0.0
        while True:
            try:
                return self._driver.execute(sql, arguments).fetchall()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or waited >= _LOCK_WAIT_SECONDS:
                    raise _unavailable(error) from error
            await asyncio.sleep(_LOCK_POLL_SECONDS)
            waited += _LOCK_POLL_SECONDS

    async def begin(self) -> None:
        """Take the write lock at once: a later upgrade could fail half way (DESIGN §6)."""
        await self._patiently("BEGIN IMMEDIATE", [])

    def commit(self) -> None:
        """End the transaction; all of it is on the disk when this returns."""
        try:
            self._driver.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self.rollback()
            raise _unavailable(error) from error

    def rollback(self) -> None:
        """Leave no trace of the transaction."""
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._driver.close()


class Sqlite:
    """A database file, or ``:memory:`` for one connection that does both."""

    dialect = "sqlite"

    def __init__(self, path: str, *, durable: bool) -> None:
        self.exchanges = 0
        self._path = path
        self._durable = durable
        self._turn = asyncio.Lock()
        self._writer: _SqliteConnection
        self._reader: _SqliteConnection

    async def open(self) -> None:
        """Open the file; raises Unavailable."""
        self._writer = await self._connected()
        self._reader = self._writer if self._path == ":memory:" else await self._connected()

    async def _connected(self) -> _SqliteConnection:
        connection = _SqliteConnection(self._path, durable=self._durable)
        try:
            await connection.prepare()
        except BaseException:
            connection.close()
            raise
        return connection

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Run a statement in a transaction of its own; return the first row, or None."""
        rows = await self.all(statement, **given)
        return rows[0] if rows else None

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Run a statement in a transaction of its own; return every row."""
        if not statement.writes:
            return await self._reader.all(statement, **given)
        async with self.transaction() as transaction:
            return await transaction.all(statement, **given)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_SqliteConnection]:
        """Open the one write transaction of this process."""
        await self._begin()
        try:
            yield self._writer
        except BaseException:
            self._writer.rollback()
            raise
        else:
            self._writer.commit()
        finally:
            self._turn.release()

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``, in a transaction of their own."""
        async with self.transaction() as transaction:
            await transaction.many(statement, rows)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_SqliteConnection]:
        """Open a read transaction on a connection of its own; who writes goes on (WAL)."""
        connection = await self._connected()
        try:
            await connection.begin_reading()
            yield connection
        finally:
            connection.rollback()
            connection.close()

    async def _begin(self) -> None:
        """Wait for our turn and for the lock: one deadline for both, or waits would add up."""
        try:
            async with asyncio.timeout(_LOCK_WAIT_SECONDS):
                await self._turn.acquire()
                try:
                    await self._writer.begin()
                except BaseException:
                    self._turn.release()
                    raise
        except TimeoutError as error:
            raise Unavailable("the database stayed locked") from error

    def use(self) -> None:
        """There is no pool."""

    async def close(self) -> None:
        """Close both connections."""
        self._writer.close()
        if self._reader is not self._writer:
            self._reader.close()
