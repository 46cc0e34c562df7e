"""Counts of tries, under keyed tags that say neither whose nor of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from idp.storage.statement import Statement
from idp.storage.tables import throttles
from idp.storage.upsert import on_conflict_do_update

if TYPE_CHECKING:
    from idp.storage.database import Connection

_COUNT = Statement(
    insert(throttles)
    .values(tag=bindparam("tag"), count=1, expires_at=bindparam("expires_at"))
    .ext(on_conflict_do_update(throttles.c.tag, {"count": throttles.c["count"] + 1}))
    .returning(throttles.c["count"])
)
_GIVE_BACK = Statement(
    throttles.update()
    .where(throttles.c.tag == bindparam("of_tag"), throttles.c["count"] > 0)
    .values(count=throttles.c["count"] - 1)
)
_PRUNE = Statement(
    throttles.delete()
    .where(
        throttles.c.tag.in_(
            select(throttles.c.tag)
            .where(throttles.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(throttles.c.tag)
)


async def count(connection: Connection, tag: bytes, *, expires_at: int) -> int:
    """Count one more try and return how many there are: no two callers get the same number."""
    row = await connection.one(_COUNT, tag=tag, expires_at=expires_at)
    return 0 if row is None else int(row["count"])


async def give_back(connection: Connection, tag: bytes) -> None:
    """Count one try less, never below zero."""
    await connection.all(_GIVE_BACK, of_tag=tag)


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Forget at most ``batch`` counts whose window is over; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))
