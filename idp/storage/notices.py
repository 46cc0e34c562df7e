"""The outbox of security notices: sealed, tied to no person, gone when sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import notices

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(notices.insert())
_DUE = Statement(
    select(notices)
    .where(notices.c.due_at <= bindparam("now"))
    .order_by(notices.c.due_at)
    .limit(bindparam("batch"))
)
_CLAIM = Statement(
    notices.update()
    .where(notices.c.id == bindparam("row_id"), notices.c.tries == bindparam("old_tries"))
    .values(tries=bindparam("new_tries"), due_at=bindparam("next_at"))
    .returning(notices.c.id)
)
_PRUNE = Statement(
    notices.delete()
    .where(
        notices.c.id.in_(
            select(notices.c.id)
            .where(notices.c.due_at < bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(notices.c.id)
)
_REMOVE = Statement(notices.delete().where(notices.c.id == bindparam("row_id")))


async def add(connection: Connection, *, row_id: bytes, facts_sealed: bytes, due_at: int) -> None:
    """Insert a notice that nobody has tried to send."""
    await connection.all(_ADD, id=row_id, facts_sealed=facts_sealed, tries=0, due_at=due_at)


async def due(connection: Connection, *, now: int, batch: int) -> list[Row]:
    """Return at most ``batch`` notices to be sent by now."""
    return await connection.all(_DUE, now=now, batch=batch)


async def claim(connection: Connection, row_id: bytes, *, old_tries: int, next_at: int) -> bool:
    """Take one try at a notice; True for one sender only, on whichever node.

    Should that sender die, the notice is due again at ``next_at``.
    """
    row = await connection.one(
        _CLAIM, row_id=row_id, old_tries=old_tries, new_tries=old_tries + 1, next_at=next_at
    )
    return row is not None


async def remove(connection: Connection, row_id: bytes) -> None:
    """Delete a notice: it is sent, or given up."""
    await connection.all(_REMOVE, row_id=row_id)


async def prune(connection: Connection, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` notices that were due before ``before``; return how many.

    Nobody has tried them for so long that there is no mail server any more.
    """
    return len(await connection.all(_PRUNE, before=before, batch=batch))
