"""The outbox of logout tokens: sealed, tied to nobody, gone when the client has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import logouts

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(logouts.insert())
_DUE = Statement(
    select(logouts)
    .where(logouts.c.due_at <= bindparam("now"))
    .order_by(logouts.c.due_at)
    .limit(bindparam("batch"))
)
_CLAIM = Statement(
    logouts.update()
    .where(logouts.c.id == bindparam("row_id"), logouts.c.tries == bindparam("old_tries"))
    .values(tries=bindparam("new_tries"), due_at=bindparam("next_at"))
    .returning(logouts.c.id)
)
_REMOVE = Statement(logouts.delete().where(logouts.c.id == bindparam("row_id")))


async def add(connection: Connection, *, row_id: bytes, facts_sealed: bytes, due_at: int) -> None:
    """Insert a logout of which nobody has tried to tell."""
    await connection.all(_ADD, id=row_id, facts_sealed=facts_sealed, tries=0, due_at=due_at)


async def due(connection: Connection, *, now: int, batch: int) -> list[Row]:
    """Return at most ``batch`` logouts to be told of by now, those due longest first."""
    return await connection.all(_DUE, now=now, batch=batch)


async def claim(connection: Connection, row_id: bytes, *, old_tries: int, next_at: int) -> bool:
    """Take one try at a logout; True for one sender only, on whichever node.

    Should that sender die, the logout is due again at ``next_at``.
    """
    row = await connection.one(
        _CLAIM, row_id=row_id, old_tries=old_tries, new_tries=old_tries + 1, next_at=next_at
    )
    return row is not None


async def remove(connection: Connection, row_id: bytes) -> None:
    """Delete a logout: the client has been told, or is given up."""
    await connection.all(_REMOVE, row_id=row_id)
