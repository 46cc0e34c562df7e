"""An outbox: rows that say what is to be sent, sealed, and leave when that is done.

At least once: a row is removed after it was sent. One sender at a time: each try is claimed by one
guarded statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, literal, select

from idp.storage.statement import Statement

if TYPE_CHECKING:
    from sqlalchemy import Table

    from idp.storage.database import Connection, Row


MOST_COUNTED = 10_000


class Outbox:
    """The statements of one outbox; its table has ``id, facts_sealed, tries, due_at``."""

    def __init__(self, table: Table) -> None:
        row = table.c
        one = row.id == bindparam("row_id")
        self._add = Statement(table.insert())
        self._due = Statement(
            select(table)
            .where(row.due_at <= bindparam("now"))
            .order_by(row.due_at)
            .limit(bindparam("batch"))
        )
        self._claim = Statement(
            table.update()
            .where(one, row.tries == bindparam("old_tries"))
            .values(tries=bindparam("new_tries"), due_at=bindparam("next_at"))
            .returning(row.id)
        )
        self._remove = Statement(table.delete().where(one))
        forgotten = (
            select(row.id)
            .where(row.due_at < bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
        some = select(literal(1).label("one")).select_from(table).limit(MOST_COUNTED).subquery()
        self._backlog = Statement(
            select(
                select(func.count()).select_from(some).scalar_subquery().label("waiting"),
                select(func.min(row.due_at)).scalar_subquery().label("oldest"),
            )
        )
        self._prune = Statement(table.delete().where(row.id.in_(forgotten)).returning(row.id))

    async def add(
        self, connection: Connection, *, row_id: bytes, facts_sealed: bytes, due_at: int
    ) -> None:
        """Insert a row that nobody has tried to send."""
        await connection.all(
            self._add, id=row_id, facts_sealed=facts_sealed, tries=0, due_at=due_at
        )

    async def due(self, connection: Connection, *, now: int, batch: int) -> list[Row]:
        """Return at most ``batch`` rows to be sent by now, those due longest first."""
        return await connection.all(self._due, now=now, batch=batch)

    async def claim(
        self, connection: Connection, row_id: bytes, *, old_tries: int, next_at: int
    ) -> bool:
        """Take one try at a row; True for one sender only, on whichever node.

        Should that sender die, the row is due again at ``next_at``.
        """
        row = await connection.one(
            self._claim,
            row_id=row_id,
            old_tries=old_tries,
            new_tries=old_tries + 1,
            next_at=next_at,
        )
        return row is not None

    async def remove(self, connection: Connection, row_id: bytes) -> None:
        """Delete a row: it is sent, or given up."""
        await connection.all(self._remove, row_id=row_id)

    async def prune(self, connection: Connection, *, before: int, batch: int) -> int:
        """Delete at most ``batch`` rows that were due before ``before``; return how many.

        Nobody has tried them for so long that there is no sender any more.
        """
        return len(await connection.all(self._prune, before=before, batch=batch))

    async def backlog(self, connection: Connection) -> tuple[int, int | None]:
        """Return how many rows there are, at most ``MOST_COUNTED``, and when the first is due."""
        row = await connection.one(self._backlog)
        return (row["waiting"], row["oldest"]) if row else (0, None)
