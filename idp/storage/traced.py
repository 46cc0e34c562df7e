"""A database whose statements are traced: operation and table, never a parameter."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from idp.observability.tracing import Tracing
    from idp.storage.database import Connection, Database, Row, Snapshot, Use
    from idp.storage.statement import Statement


class _TracedConnection:
    """Statements of one transaction."""

    def __init__(self, connection: Connection, tracing: Tracing) -> None:
        self.dialect = connection.dialect
        self._connection = connection
        self._tracing = tracing

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        with self._statement(statement):
            return await self._connection.one(statement, **given)

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        with self._statement(statement):
            return await self._connection.all(statement, **given)

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``; one span for all of them."""
        with self._statement(statement):
            await self._connection.many(statement, rows)

    def _statement(self, statement: Statement) -> AbstractContextManager[None]:
        return self._tracing.statement(self.dialect, *statement.compiled(self.dialect).told)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction, or go on in the one that is open."""
        with self._tracing.statement(self.dialect, "TRANSACTION", ""):
            async with self._connection.transaction() as connection:
                yield _TracedConnection(connection, self._tracing)


class Traced(_TracedConnection):
    """A database; everything but the spans is that of the one within."""

    def __init__(self, database: Database, tracing: Tracing) -> None:
        super().__init__(database, tracing)
        self._database = database

    @property
    def exchanges(self) -> int:
        """Round trips so far."""
        return self._database.exchanges

    @exchanges.setter
    def exchanges(self, count: int) -> None:
        self._database.exchanges = count

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """See everything as it is now; a command does so, and none is traced."""
        return self._database.snapshot()

    async def open(self) -> None:
        """Connect; raises Unavailable."""
        await self._database.open()

    async def close(self) -> None:
        """Give all connections back."""
        await self._database.close()

    def use(self) -> Use | None:
        """Return how its connections are used."""
        return self._database.use()
