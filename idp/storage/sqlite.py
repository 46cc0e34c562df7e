"""SQLite through the standard library's driver, on the event loop's own thread.

A statement takes some 10 µs, a thread hop 50 to 100: so there is none. Two connections: one that
writes, many transactions in one (``Group``), and one that reads meanwhile, so that a read never
sees half a transaction. While nothing is being written, the first one reads too: what it has just
written is still in its cache, and the other one's is void with every COMMIT.
Other processes may write too: a lock that is taken is waited for without blocking the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from idp.storage import group
from idp.storage.group import Group, HalfDone
from idp.storage.sqlite_errors import is_busy, unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from types import TracebackType

    from idp.storage.database import Row
    from idp.storage.group import Work
    from idp.storage.statement import Statement

    Part = tuple[str, Sequence[Any]]

_CHANGED: Row = {}  # of a row that was changed, and not asked for
SOME = 500  # rows that are read at once where there may be any number


async def _patiently(driver: sqlite3.Connection, sql: str, values: Sequence[Any]) -> list[Row]:
    """Run a statement that is in no transaction; wait for a lock without blocking others."""
    waited = 0.0
    while True:
        try:
            return driver.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or waited >= group.WAIT_SECONDS:
                raise unavailable(error) from error
        await asyncio.sleep(group.POLL_SECONDS)
        waited += group.POLL_SECONDS


async def _connected(path: str, *, durable: bool) -> sqlite3.Connection:
    """Open the file and set the connection up; raises Unavailable."""
    try:
        driver = sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise unavailable(error) from error
    driver.row_factory = sqlite3.Row
    try:
        for pragma in (
            "journal_mode=WAL",  # several workers may start at once, and one of them recovers it
            f"synchronous={'FULL' if durable else 'NORMAL'}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is gone from the file
            "temp_store=MEMORY",  # lists and sorted rows, which are small
        ):
            await _patiently(driver, f"PRAGMA {pragma}", ())
    except BaseException:
        driver.close()
        raise
    return driver


def _parts(statement: Statement, given: Mapping[str, Any]) -> tuple[Part, Sequence[Part]]:
    """Return a statement, and those that follow it, with the values of their parameters."""
    compiled = statement.compiled("sqlite")
    rest = [(following.sql, following.arguments(given)) for following in compiled.then]
    return (compiled.sql, compiled.arguments(given)), rest


def _run(driver: sqlite3.Connection, first: Part, rest: Sequence[Part]) -> list[Row]:
    """Run the parts of one statement, each if the one before it found a row."""
    try:
        rows = found = _found(driver.execute(*first))
        for number, part in enumerate(rest):
            if not found:
                if number:
                    raise HalfDone
                break
            found = _found(driver.execute(*part))
    except sqlite3.OperationalError as error:
        raise unavailable(error) from error
    return rows


def _found(cursor: sqlite3.Cursor) -> list[Row]:
    if cursor.description is None:
        return [_CHANGED] if cursor.rowcount > 0 else []
    return cursor.fetchall()


def _run_many(driver: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
    try:
        return driver.executemany(sql, rows).fetchall()
    except sqlite3.OperationalError as error:
        raise unavailable(error) from error


class _Block:
    """The statements of one transaction; as a context, it ends with it."""

    dialect = "sqlite"

    def __init__(self, driver: sqlite3.Connection, turns: Group) -> None:
        self._driver = driver
        self._group = turns
        self._work: Work

    async def __aenter__(self) -> Self:
        self._work = await self._group.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._group.leave(self._work, undo=kind is not None)

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        rows = await self.all(statement, **given)
        return rows[0] if rows else None

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        first, rest = _parts(statement, given)
        run = partial(_run, self._driver, first, rest)
        return self._tried(partial(self._whole, run) if rest else run)

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``; all of them, or none."""
        compiled = statement.compiled("sqlite")
        values = [compiled.arguments(row) for row in rows]
        self._tried(partial(_run_many, self._driver, compiled.sql, values))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_Block]:
        """Go on in the transaction that is open."""
        yield self

    def _tried(self, run: Callable[[], list[Row]]) -> list[Row]:
        if self._work.refused is not None:
            raise self._work.refused
        try:
            return run()
        except Exception:
            self._group.look_at(self._work)  # SQLite may have given the transaction up
            raise

    def _whole(self, run: Callable[[], list[Row]]) -> list[Row]:
        """Run a statement of several parts: all of them, or none."""
        self._driver.execute("SAVEPOINT parts")
        rows: list[Row] = []
        try:
            rows = run()
        except BaseException as error:
            with suppress(sqlite3.Error):  # where the whole transaction is gone already
                self._driver.execute("ROLLBACK TO parts")
            if not isinstance(error, HalfDone):
                raise
        self._driver.execute("RELEASE parts")
        return rows


class Sqlite:
    """A database file, or ``:memory:`` for one connection that does both."""

    dialect = "sqlite"

    def __init__(self, path: str, *, durable: bool) -> None:
        self.exchanges = 0
        self._path = path
        self._durable = durable
        self._writer: sqlite3.Connection
        self._reader: sqlite3.Connection
        self._group: Group

    async def open(self) -> None:
        """Open the file; raises Unavailable."""
        self._writer = await self._connected()
        self._reader = self._writer if self._path == ":memory:" else await self._connected()
        self._group = Group(self._writer)

    async def _connected(self) -> sqlite3.Connection:
        return await _connected(self._path, durable=self._durable)

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Run a statement in a transaction of its own; return the first row, or None."""
        rows = await (self._write if statement.writes else self._read)(statement, given)
        return rows[0] if rows else None

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Run a statement in a transaction of its own; return every row."""
        return await (self._write if statement.writes else self._read)(statement, given)

    async def _write(self, statement: Statement, given: Mapping[str, Any]) -> list[Row]:
        first, rest = _parts(statement, given)
        try:
            return await self._group.run(partial(_run, self._writer, first, rest))
        except HalfDone:  # and undone
            return []

    async def _read(self, statement: Statement, given: Mapping[str, Any]) -> list[Row]:
        compiled = statement.compiled("sqlite")
        driver = self._reader if self._group.open else self._writer
        try:
            return driver.execute(compiled.sql, compiled.arguments(given)).fetchall()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise unavailable(error) from error
        return await _patiently(self._reader, compiled.sql, compiled.arguments(given))

    def transaction(self) -> _Block:
        """Open a transaction; those of this process run one after the other."""
        return _Block(self._writer, self._group)

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``, in a transaction of their own."""
        compiled = statement.compiled("sqlite")
        values = [compiled.arguments(row) for row in rows]
        await self._group.run(partial(_run_many, self._writer, compiled.sql, values))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_Snapshot]:
        """Open a read transaction on a connection of its own; who writes goes on (WAL)."""
        driver = await self._connected()
        try:
            await _patiently(driver, "BEGIN", ())
            await _patiently(driver, "SELECT 1 FROM sqlite_master", ())  # the first look counts
            yield _Snapshot(driver)
        finally:
            driver.close()

    def use(self) -> None:
        """There is no pool."""

    async def close(self) -> None:
        """Close both connections."""
        self._group.close()
        self._writer.close()
        if self._reader is not self._writer:
            self._reader.close()


class _Snapshot:
    """Everything as it was when the read transaction of a connection began."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    async def rows(self, statement: Statement) -> AsyncIterator[list[Row]]:
        """Yield the rows of a statement, some at a time."""
        cursor = self._driver.execute(statement.compiled("sqlite").sql)
        while found := cursor.fetchmany(SOME):
            yield found
