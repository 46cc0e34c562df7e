"""Every sealed column of both stores, to be sealed anew under another version, a page at a time.

These statements read a whole table, a page by a page of its primary key, and are asked by a command
of operators alone. A row is changed where it still holds what was read, and by nothing else: what
somebody wrote meanwhile stands. Primary keys are random, so the order in which rows are written
here says nothing about them (promise P3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, bindparam, func, select

from idp.storage.statement import Statement
from idp.storage.tables import enrolment, provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import MetaData, Table

    from idp.storage.database import Connection

_END = "_sealed"
_VERSION_BYTES = 2  # at the head of a sealed value (idp.domain.sealing)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed value: ``key`` is its row's primary key, ``row`` what it is authenticated with."""

    key: bytes | str
    row: bytes
    sealed: bytes


class SealedColumn:
    """One column; ``table`` and ``column`` are its names."""

    def __init__(self, table: Table, column: str) -> None:
        self.table, self.column = table.name, column
        key, *_ = table.primary_key.columns  # what may follow is the partition: a key is random
        value = table.c[column]
        self._first: bytes | str = b"" if isinstance(key.type, LargeBinary) else ""
        other = func.substr(value, 1, _VERSION_BYTES) != bindparam("version")
        row = table.c.row_id if "row_id" in table.c else key
        self._count = Statement(select(func.count().label("rows")).where(other))
        self._page = Statement(
            select(key.label("key"), row.label("row"), value.label("sealed"))
            .where(key > bindparam("after"), other)
            .order_by(key)
            .limit(bindparam("page"))
        )
        self._replace = Statement(
            table.update()
            .where(key == bindparam("of_key"), value == bindparam("old"))
            .values({column: bindparam("new")})
            .returning(key)
        )

    async def count(self, connection: Connection, version: bytes) -> int:
        """Return how many values are not sealed under ``version``, two bytes."""
        row = await connection.one(self._count, version=version)
        return 0 if row is None else int(row["rows"])

    async def page(
        self, connection: Connection, version: bytes, *, after: bytes | str | None, size: int
    ) -> list[Sealed]:
        """Return the next values that are not sealed under ``version``, in order of their keys."""
        start = self._first if after is None else after
        rows = await connection.all(self._page, version=version, after=start, page=size)
        return [Sealed(row["key"], _bytes(row["row"]), row["sealed"]) for row in rows]

    async def replace(self, connection: Connection, old: Sealed, new: bytes) -> bool:
        """Put ``new`` in the place of a value; False where somebody has changed it meanwhile."""
        row = await connection.one(self._replace, of_key=old.key, old=old.sealed, new=new)
        return row is not None


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _of(store: MetaData) -> Sequence[SealedColumn]:
    return tuple(
        SealedColumn(table, column.name)
        for table in store.sorted_tables
        for column in table.columns
        if column.name.endswith(_END)
    )


PROVIDER = _of(provider)
ENROLMENT = _of(enrolment)
