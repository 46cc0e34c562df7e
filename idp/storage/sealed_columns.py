"""Every sealed column of both stores, to be sealed anew under another version, a page at a time.

These statements read a whole table, a page by a page of its primary key, and are asked by a command
of operators alone. A row is changed where it still holds what was read, and by nothing else: what
somebody wrote meanwhile stands. Primary keys are random, so the order in which rows are written
here says nothing about them (promise P3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct
from sqlalchemy import Integer, LargeBinary, bindparam, func, select, tuple_

from idp.storage.statement import Statement
from idp.storage.tables import enrolment, provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import MetaData, Table

    from idp.storage.database import Connection

Key: TypeAlias = tuple[bytes | str, ...]

_END = "_sealed"
_VERSION_BYTES = 2  # at the head of a sealed value (idp.domain.sealing)


class Sealed(Struct, frozen=True):
    """One sealed value: ``key`` is its row's primary key, ``row`` what it is authenticated with."""

    key: Key
    row: bytes
    sealed: bytes


class SealedColumn:
    """One column; ``table`` and ``column`` are its names."""

    def __init__(self, table: Table, column: str) -> None:
        self.table, self.column = table.name, column
        # A number in it is the partition: what tells rows apart is random.
        keys = [one for one in table.primary_key.columns if not isinstance(one.type, Integer)]
        named = [key.label(f"key_{place}") for place, key in enumerate(keys)]
        after = [bindparam(f"after_{place}", type_=key.type) for place, key in enumerate(keys)]
        self._keys = range(len(keys))
        value = table.c[column]
        self._first = tuple(b"" if isinstance(key.type, LargeBinary) else "" for key in keys)
        other = func.substr(value, 1, _VERSION_BYTES) != bindparam("version")
        row = table.c.row_id if "row_id" in table.c else keys[-1]
        self._count = Statement(select(func.count().label("rows")).where(other))
        self._page = Statement(
            select(*named, row.label("row"), value.label("sealed"))
            .where(tuple_(*keys) > tuple_(*after) if after[1:] else keys[0] > after[0], other)
            .order_by(*keys)
            .limit(bindparam("page"))
        )
        self._replace = Statement(
            table.update()
            .where(
                *[key == bindparam(f"of_key_{place}") for place, key in enumerate(keys)],
                value == bindparam("old"),
            )
            .values({column: bindparam("new")})
            .returning(keys[0])
        )

    async def count(self, connection: Connection, version: bytes) -> int:
        """Return how many values are not sealed under ``version``, two bytes."""
        row = await connection.one(self._count, version=version)
        return 0 if row is None else int(row["rows"])

    async def page(
        self, connection: Connection, version: bytes, *, after: Key | None, size: int
    ) -> list[Sealed]:
        """Return the next values that are not sealed under ``version``, in order of their keys."""
        start = _numbered("after", self._first if after is None else after)
        rows = await connection.all(self._page, version=version, page=size, **start)
        return [
            Sealed(
                tuple(row[f"key_{place}"] for place in self._keys),
                _bytes(row["row"]),
                row["sealed"],
            )
            for row in rows
        ]

    async def replace(self, connection: Connection, old: Sealed, new: bytes) -> bool:
        """Put ``new`` in the place of a value; False where somebody has changed it meanwhile."""
        key = _numbered("of_key", old.key)
        return await connection.one(self._replace, old=old.sealed, new=new, **key) is not None


def _numbered(name: str, key: Key) -> dict[str, bytes | str]:
    return {f"{name}_{place}": value for place, value in enumerate(key)}


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
