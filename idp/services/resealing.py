"""Sealing all that is stored anew under the active version of the field secret.

It goes through every sealed column of both stores, a page of rows at a time, and writes each row by
one statement that holds only where the row is still what was read. What is done is told by the rows
themselves: killed at any moment, it goes on where it stopped, and several may do it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.sealing import SealBroken
from idp.storage.sealed_columns import ENROLMENT, PROVIDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from idp.domain.sealing import Sealer
    from idp.storage.database import Connection, Database
    from idp.storage.sealed_columns import Key, Sealed, SealedColumn

PAGE_ROWS = 500
_TOGETHER = 50


class Left(Struct, frozen=True):
    """What is not under the active version yet.

    ``movable`` can be moved there now, ``dying`` ends by itself before long, ``kept`` cannot be
    moved and needs its version for as long as it is there.
    """

    movable: int
    dying: int = 0
    kept: int = 0


class Resealing:
    """Counts what is sealed under other versions, and seals it anew."""

    def __init__(self, database: Database, enrolment_store: Database, sealer: Sealer) -> None:
        self._stores: tuple[tuple[Database, Iterable[SealedColumn]], ...] = (
            (database, PROVIDER),
            (enrolment_store, ENROLMENT),
        )
        self._sealer = sealer

    async def left(self) -> Left:
        """Return how many values are sealed under another version than the active one."""
        return Left(
            sum(
                [
                    await column.count(store, self._sealer.version)
                    for store, columns in self._stores
                    for column in columns
                ]
            )
        )

    async def run(self, told: Callable[[int], None]) -> int:
        """Seal all anew, telling of every few rows how many; return how many did not open.

        A value that does not open was broken before, by something else: it stays as it is.
        """
        broken = 0
        for store, columns in self._stores:
            for column in columns:
                async for page in self._pages(store, column):
                    for some in _in_groups(page, _TOGETHER):
                        broken += await self._reseal(store, column, some)
                        told(len(some))
        return broken

    async def _pages(self, store: Database, column: SealedColumn) -> AsyncIterator[list[Sealed]]:
        after: Key | None = None
        version = self._sealer.version
        while page := await column.page(store, version, after=after, size=PAGE_ROWS):
            yield page
            after = page[-1].key

    async def _reseal(self, store: Database, column: SealedColumn, some: list[Sealed]) -> int:
        if store.dialect == "postgresql":
            # Each by itself: two rows held at once could close a circle with somebody's sign-in.
            return sum([not await self._one(store, column, old) for old in some])
        async with store.transaction() as transaction:  # SQLite waits for the disk each time
            return sum([not await self._one(transaction, column, old) for old in some])

    async def _one(self, connection: Connection, column: SealedColumn, old: Sealed) -> bool:
        """Seal one value anew; False when it does not open."""
        try:
            new = self._sealer.reseal(
                old.sealed, table=column.table, column=column.column, row=old.row
            )
        except SealBroken:
            return False
        await column.replace(connection, old, new)
        return True


def _in_groups(page: list[Sealed], size: int) -> Iterable[list[Sealed]]:
    return (page[start : start + size] for start in range(0, len(page), size))
