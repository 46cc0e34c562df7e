"""The one row that says how old a database is: last restored, last served, last backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, select

from idp.storage.statement import Statement
from idp.storage.tables import instance

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_FIND = Statement(select(instance).where(instance.c.id == 1))
_BEAT = Statement(
    instance.update()
    .where(
        instance.c.id == 1,
        instance.c.alive_at >= bindparam("at_least"),
        instance.c.restoring == 0,
    )
    .values(
        alive_at=case(
            (instance.c.alive_at < bindparam("now"), bindparam("now")), else_=instance.c.alive_at
        )
    )
    .returning(instance.c.alive_at, instance.c.restored_at)
)
_BEGIN = Statement(instance.update().where(instance.c.id == 1).values(restoring=1))
_END = Statement(
    instance.update()
    .where(instance.c.id == 1)
    .values(restoring=0, restored_at=bindparam("now"), alive_at=bindparam("now"))
)
_BACKED_UP = Statement(
    instance.update().where(instance.c.id == 1).values(backed_up_at=bindparam("now"))
)


async def find(connection: Connection) -> Row | None:
    """Return the row: ``restored_at``, ``alive_at``, ``restoring``, ``backed_up_at``."""
    return await connection.one(_FIND)


async def beat(connection: Connection, *, now: int, at_least: int) -> Row | None:
    """Note that a server runs at ``now``; None, and nothing is noted, when that cannot be.

    It cannot when the database is from before ``at_least``, or is being restored.
    """
    return await connection.one(_BEAT, now=now, at_least=at_least)


async def begin_restore(connection: Connection) -> None:
    """Let no server start until ``end_restore``."""
    await connection.all(_BEGIN)


async def end_restore(connection: Connection, *, now: int) -> None:
    """Say that all that was made before ``now`` may have been used."""
    await connection.all(_END, now=now)


async def backed_up(connection: Connection, *, now: int) -> None:
    """Note when a backup was made."""
    await connection.all(_BACKED_UP, now=now)
