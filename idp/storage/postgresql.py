"""PostgreSQL through asyncpg: a bounded pool, prepared statements, timeouts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from idp.storage.database import Unavailable, Use

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from idp.storage.database import Row
    from idp.storage.statement import Statement

_POOL_SIZE = 10
_STATEMENT_SECONDS = 5.0
SOME = 500  # rows that are read at once where there may be any number
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that died while it was being used
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, a statement cancelled
    asyncpg.InsufficientResourcesError,  # connections, disk, memory
    asyncpg.TransactionRollbackError,  # a deadlock between nodes: this one gave way
    asyncpg.ReadOnlySQLTransactionError,
)


async def _keep(_connection: Any) -> None:
    """Spare the round trip that would reset session state: our statements never set any."""


class _PostgresqlConnection:
    """Statements on one pooled connection."""

    dialect = "postgresql"

    def __init__(self, driver: Any, database: Postgresql) -> None:
        self._driver = driver
        self._database = database

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        compiled = statement.compiled("postgresql")
        self._database.exchanges += 1
        row: Row | None = await self._driver.fetchrow(compiled.sql, *compiled.arguments(given))
        return row

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        compiled = statement.compiled("postgresql")
        self._database.exchanges += 1
        rows: list[Row] = await self._driver.fetch(compiled.sql, *compiled.arguments(given))
        return rows

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``; all of them, or none."""
        compiled = statement.compiled("postgresql")
        self._database.exchanges += 1
        await self._driver.executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    async def rows(self, statement: Statement) -> AsyncIterator[list[Row]]:
        """Yield the rows of a statement, some at a time."""
        cursor = await self._driver.cursor(statement.compiled("postgresql").sql)
        while found := await cursor.fetch(SOME):
            yield found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_PostgresqlConnection]:
        """Go on in the transaction that is open."""
        yield self


class Postgresql:
    """A pool of connections to one database."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self.exchanges = 0
        self._url = url
        self._pool: Any = None
        self._asked = self._most = 0  # connections at work or wanted: now, and at most lately

    async def open(self) -> None:
        """Open the pool; raises Unavailable when the server cannot be reached."""
        try:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=_POOL_SIZE,
                command_timeout=_STATEMENT_SECONDS,
                timeout=_STATEMENT_SECONDS,
                reset=_keep,
            )
        except _UNREACHABLE as error:
            raise Unavailable(type(error).__name__) from error

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Run a statement in a transaction of its own; return the first row, or None."""
        async with self._connection() as connection:
            return await connection.one(statement, **given)

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Run a statement in a transaction of its own; return every row."""
        async with self._connection() as connection:
            return await connection.all(statement, **given)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[_PostgresqlConnection]:
        """Open a READ COMMITTED transaction."""
        async with self._connection() as connection, connection._driver.transaction():  # noqa: SLF001
            self.exchanges += 2  # BEGIN and COMMIT
            yield connection

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``, in a transaction of their own."""
        async with self.transaction() as transaction:
            await transaction.many(statement, rows)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_PostgresqlConnection]:
        """Open a REPEATABLE READ transaction that only reads."""
        async with (
            self._connection() as connection,
            connection._driver.transaction(isolation="repeatable_read", readonly=True),  # noqa: SLF001
        ):
            await connection._driver.fetchval("SELECT 1")  # noqa: SLF001 - the first look counts
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_PostgresqlConnection]:
        self._asked += 1
        self._most = max(self._most, self._asked)
        try:
            async with self._pool.acquire(timeout=_STATEMENT_SECONDS) as driver:
                yield _PostgresqlConnection(driver, self)
        except _UNREACHABLE as error:
            raise Unavailable(type(error).__name__) from error
        finally:
            self._asked -= 1

    def use(self) -> Use:
        """Return how the pool is used."""
        most, self._most = self._most, self._asked
        opened: int = 0 if self._pool is None else self._pool.get_size()
        return Use(min(self._asked, _POOL_SIZE), opened, max(0, most - _POOL_SIZE))

    async def close(self) -> None:
        """Close every connection, waiting for statements under way."""
        await self._pool.close()
