"""A person's own history: sealed rows under tags that join no two platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import activity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row


_ADD = Statement(activity.insert())
_OF_TAG = Statement(select(activity).where(activity.c.tag == bindparam("of_tag")))
_REMOVE = Statement(activity.delete().where(activity.c.tag == bindparam("of_tag")))
_PRUNE = Statement(
    activity.delete()
    .where(
        activity.c.id.in_(
            select(activity.c.id)
            .where(activity.c.day < bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(activity.c.id)
)


async def add(
    connection: Connection, *, row_id: bytes, tag: bytes, facts_sealed: bytes, day: int
) -> None:
    """Insert one event."""
    await connection.all(_ADD, id=row_id, tag=tag, facts_sealed=facts_sealed, day=day)


async def of_tags(connection: Connection, tags: Sequence[bytes]) -> list[Row]:
    """Return every event under any of ``tags``, in no order."""
    return [row for tag in tags for row in await connection.all(_OF_TAG, of_tag=tag)]


async def remove(connection: Connection, tags: Sequence[bytes]) -> None:
    """Delete every event under any of ``tags``."""
    for tag in tags:
        await connection.all(_REMOVE, of_tag=tag)


async def prune(connection: Connection, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` events of days before ``before``; return how many."""
    return len(await connection.all(_PRUNE, before=before, batch=batch))
