"""Whole tables, in and out, whatever they are about: for backups alone."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from idp.storage import schema
from idp.storage.statement import Statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy import Table

    from idp.storage.database import Connection, Row, Snapshot


class Shape(Struct, frozen=True, dict=True):
    """One table of one store as a database has it at its revision."""

    store: schema.Store
    table: Table

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""
        return tuple(column.name for column in self.table.columns)

    @cached_property
    def _select(self) -> Statement:
        return Statement(select(self.table))

    @cached_property
    def _count(self) -> Statement:
        return Statement(select(func.count().label("number")).select_from(self.table))

    @cached_property
    def _insert(self) -> Statement:
        values: dict[str, Any] = {name: bindparam(name) for name in self.columns}
        return Statement(self.table.insert().values(values))

    @cached_property
    def _delete(self) -> Statement:
        return Statement(self.table.delete())

    def rows(self, snapshot: Snapshot) -> AsyncIterator[list[Row]]:
        """Yield all rows, some at a time."""
        return snapshot.rows(self._select)

    async def count(self, connection: Connection) -> int:
        """Return how many rows there are."""
        row = await connection.one(self._count)
        return 0 if row is None else int(row["number"])

    async def insert(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, their values in the order of ``columns``."""
        named = [dict(zip(self.columns, row, strict=True)) for row in rows]
        await connection.many(self._insert, named)

    async def empty(self, connection: Connection) -> int:
        """Delete all rows; return how many."""
        number = await self.count(connection)
        await connection.all(self._delete)
        return number


def shapes(store: schema.Store, url: str) -> list[Shape]:
    """Return every table that the database has, in an order in which rows can be inserted."""
    return [Shape(store, table) for table in schema.shapes(store, url)]
