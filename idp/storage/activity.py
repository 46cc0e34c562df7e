"""A person's own history: sealed rows under tags that join no two platforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.many import among, chunks
from idp.storage.statement import Statement
from idp.storage.tables import activity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row


_ADD = Statement(activity.insert())
_OF_TAGS = Statement(select(activity).where(among(activity.c.tag)))
_REMOVE = Statement(activity.delete().where(among(activity.c.tag)))
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


@dataclass(frozen=True, slots=True)
class NewEvent:
    """The columns of an event about to be stored; ``day`` counts since the epoch."""

    id: bytes
    tag: bytes
    facts_sealed: bytes
    day: int


async def add(connection: Connection, event: NewEvent) -> None:
    """Insert one event."""
    await connection.all(
        _ADD, id=event.id, tag=event.tag, facts_sealed=event.facts_sealed, day=event.day
    )


async def of_tags(connection: Connection, tags: Sequence[bytes]) -> list[Row]:
    """Return every event under any of ``tags``, in no order."""
    found = [await connection.all(_OF_TAGS, **some) for some in chunks(tags)]
    return [row for rows in found for row in rows]


async def remove(connection: Connection, tags: Sequence[bytes]) -> None:
    """Delete every event under any of ``tags``."""
    for some in chunks(tags):
        await connection.all(_REMOVE, **some)


async def prune(connection: Connection, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` events of days before ``before``; return how many."""
    return len(await connection.all(_PRUNE, before=before, batch=batch))
