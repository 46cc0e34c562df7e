"""PostgreSQL through asyncpg: a bounded pool, prepared statements, timeouts.

A single statement is a transaction of its own without BEGIN and COMMIT. Where statements cannot be
kept prepared (DECISIONS 79) each goes in two trips, of which only the second ends with Sync: so a
pooler keeps both with one server.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import asyncpg

from idp.storage import pooler
from idp.storage.database import Misfit, Unavailable, Use
from idp.storage.pool import Limits, Pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from idp.storage.database import Row
    from idp.storage.pool import Held
    from idp.storage.statement import Compiled, Statement

SOME = 500  # rows that are read at once where there may be any number
_KEPT_STATEMENTS = 512  # more than we have
_IDLE_TIMES = 2  # of a statement's limit: a transaction that does nothing so long is given up
_CURSORS = itertools.count(1)
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,  # it was the primary, and is so no longer
)
_LOST = (
    *_GONE,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that died while it was being used
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_UNREACHABLE = (
    *_LOST,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, a statement cancelled
    asyncpg.InsufficientResourcesError,  # connections, disk, memory
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # a deadlock between nodes: this one gave way
)


class _PostgresqlConnection:
    """Statements on one connection, within a transaction."""

    dialect = "postgresql"

    def __init__(self, held: Held, database: Postgresql) -> None:
        self.held = held
        self._database = database

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        row: Row | None = await self._run("fetchrow", statement.compiled("postgresql"), given)
        return row

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        rows: list[Row] = await self._run("fetch", statement.compiled("postgresql"), given)
        return rows

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``; all of them, or none."""
        compiled = statement.compiled("postgresql")
        given = [compiled.arguments(row) for row in rows]
        await self._database.ask(self.held, "executemany", compiled.sql, given)

    async def rows(self, statement: Statement) -> AsyncIterator[list[Row]]:
        """Yield the rows of a statement, some at a time."""
        # A cursor of SQL's own: the driver's would leave a prepared statement behind. No name comes
        # twice, since what is kept prepared of one would not fit the columns of another.
        name = f"rows_{next(_CURSORS)}"
        sql = f"DECLARE {name} NO SCROLL CURSOR FOR {statement.compiled('postgresql').sql}"
        await self._database.ask(self.held, "execute", sql)
        found: list[Row]
        while found := await self._database.ask(self.held, "fetch", f"FETCH {SOME} FROM {name}"):
            yield found
        await self._database.ask(self.held, "execute", f"CLOSE {name}")

    async def _run(self, method: str, compiled: Compiled, given: Mapping[str, Any]) -> Any:
        return await self._database.ask(self.held, method, compiled.sql, *compiled.arguments(given))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_PostgresqlConnection]:
        """Go on in the transaction that is open."""
        yield self


class _Transaction:
    """From BEGIN to COMMIT, or to ROLLBACK."""

    def __init__(self, database: Postgresql, pool: Pool, begin: str) -> None:
        self._database = database
        self._pool = pool
        self._begin = begin
        self._held: Held

    async def __aenter__(self) -> _PostgresqlConnection:
        self._held = await self._pool.take()
        try:
            await self._database.ask(self._held, "execute", self._begin)
        except BaseException:
            self._part(self._held)
            raise
        return _PostgresqlConnection(self._held, self._database)

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        held, told = self._held, ""
        try:
            # Else who waited left in the middle of a statement, or the server does not go on.
            if not held.since and not held.gone:
                told = await self._database.ask(held, "execute", "ROLLBACK" if error else "COMMIT")
        except BaseException:
            if error is None:
                raise
        finally:
            if told:
                self._pool.give(held)
            else:
                self._part(held)
        if error is None and told != "COMMIT":
            # A statement had failed, and whoever ran it went on all the same.
            raise Unavailable("the transaction was rolled back")

    def _part(self, held: Held) -> None:
        self._pool.drop(held, all_idle=held.gone or held.driver.is_closed())


class Postgresql:
    """A pool of connections to one database."""

    dialect = "postgresql"

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        self.exchanges = 0
        self._url = url
        self._limits = limits or Limits()
        self._pool = Pool(self._connect, self._limits)
        milliseconds = int(self._limits.statement_seconds * 1000)
        self._settings = {
            "statement_timeout": str(milliseconds),
            "idle_in_transaction_session_timeout": str(milliseconds * _IDLE_TIMES),
        }
        local = [f"SET LOCAL {name} = {value}" for name, value in self._settings.items()]
        # A statement that is not kept is told of first, then run.
        self._trips = 1 if self._limits.prepared else 2
        # A pooler takes no such settings for a connection, and gives it to somebody else anyway.
        self._bounds = "" if self._limits.prepared else "; " + "; ".join(local)

    async def open(self) -> None:
        """Open the pool; raises Unavailable when the server cannot be reached, or Misfit."""
        if self._limits.prepared:
            await pooler.check(self._connect)
        await self._pool.open()

    async def _connect(self) -> Any:
        prepared = self._limits.prepared
        try:
            return await asyncpg.connect(
                self._url,
                timeout=self._limits.statement_seconds,
                statement_cache_size=_KEPT_STATEMENTS if prepared else 0,
                max_cached_statement_lifetime=0,
                server_settings=self._settings if prepared else None,
            )
        except asyncpg.ProtocolViolationError as error:  # "unsupported startup parameter: …"
            raise Misfit(pooler.TAKES_NO_SETTINGS) from error
        except _UNREACHABLE as error:
            raise Unavailable(type(error).__name__) from error

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Run a statement in a transaction of its own; return the first row, or None."""
        compiled = statement.compiled("postgresql")
        row: Row | None = await self._alone("fetchrow", compiled.sql, compiled.arguments(given))
        return row

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Run a statement in a transaction of its own; return every row."""
        compiled = statement.compiled("postgresql")
        rows: list[Row] = await self._alone("fetch", compiled.sql, compiled.arguments(given))
        return rows

    async def _alone(self, method: str, sql: str, arguments: Sequence[Any]) -> Any:
        held = await self._pool.take()
        self.exchanges += self._trips
        held.since = asyncio.get_running_loop().time()
        try:
            found = await getattr(held.driver, method)(sql, *arguments)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the connection goes somewhere
            self._failed(held, error)
        self._pool.give(held)
        return found

    def _failed(self, held: Held, error: BaseException) -> NoReturn:
        """Part with a connection that is in no known state; keep one whose server just said no."""
        if isinstance(error, asyncpg.PostgresError) and not isinstance(error, _LOST):
            self._pool.give(held)
        else:
            self._pool.drop(held, all_idle=held.driver.is_closed() or isinstance(error, _GONE))
        _tell(error)

    async def ask(self, held: Held, method: str, sql: str, *given: Any) -> Any:
        """Run SQL within the transaction that is open on ``held``; raises Unavailable."""
        self.exchanges += 1 if method == "execute" else self._trips
        held.since = asyncio.get_running_loop().time()
        try:
            found = await getattr(held.driver, method)(sql, *given)
        except Exception as error:  # noqa: BLE001 - told as what it means
            if isinstance(error, asyncpg.PostgresError):
                held.since = 0.0  # it was answered
            held.gone = isinstance(error, _GONE)
            _tell(error)
        held.since = 0.0
        return found

    def transaction(self) -> _Transaction:
        """Open a READ COMMITTED transaction."""
        return _Transaction(self, self._pool, f"BEGIN{self._bounds}")

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``, in a transaction of their own."""
        async with self.transaction() as transaction:
            await transaction.many(statement, rows)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_PostgresqlConnection]:
        """Open a REPEATABLE READ transaction that only reads."""
        begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{self._bounds}"
        async with _Transaction(self, self._pool, begin) as seen:
            await self.ask(seen.held, "execute", "SELECT 1")  # the first look counts
            yield seen

    def use(self) -> Use:
        """Return how the pool is used."""
        return self._pool.use()

    async def close(self) -> None:
        """Close every connection, waiting for statements under way."""
        await self._pool.close()


def _tell(error: BaseException) -> NoReturn:
    if isinstance(error, _UNREACHABLE):
        raise Unavailable(type(error).__name__) from error
    raise error
