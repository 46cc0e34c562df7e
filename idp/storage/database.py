"""A database, whichever driver is behind it: what the storage files program against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from idp.storage.statement import Statement


class Row(Protocol):
    """One row, its columns by name."""

    def __getitem__(self, name: str, /) -> Any: ...


class Connection(Protocol):
    """Statements inside one transaction."""

    dialect: str

    async def one(self, statement: Statement, **given: Any) -> Row | None:
        """Return the first row, or None."""
        ...

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """Return every row."""
        ...

    async def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of ``rows``; all of them, or none."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction that commits at the end of the block and rolls back on an error.

        Within an open one it is that one: what several statements do together stays together.
        """
        ...


class Snapshot(Protocol):
    """Everything as it was at one moment, however long it takes to read."""

    def rows(self, statement: Statement) -> AsyncIterator[list[Row]]:
        """Yield the rows of a statement, some at a time."""
        ...


class Database(Connection, Protocol):
    """Statements each in a transaction of its own, or several in one.

    All methods raise Unavailable when the database cannot be reached or stays locked.
    ``exchanges`` counts round trips to a database server, BEGIN and COMMIT included (DESIGN §6).
    """

    exchanges: int

    async def open(self) -> None:
        """Connect; raises Unavailable. Nothing else may be called before."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """See everything as it is now, for the length of the block; holds up nobody."""
        ...

    async def close(self) -> None:
        """Give all connections back."""
        ...

    def use(self) -> Use | None:
        """Return how its connections are used; None where there is no pool of them."""
        ...


class Use(Struct, frozen=True):
    """Connections at work, those open, and the most that waited for one since it was last asked."""

    used: int
    opened: int
    waited: int


class Unavailable(Exception):
    """The database cannot answer now; what was asked has not been done."""


class Misfit(Unavailable):
    """The database is reached in a way that the settings do not fit; the text says what to set."""
