"""Consents: what a person allowed one client, sealed under a tag of the two, until which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from idp.storage.many import among, chunks, either, pair
from idp.storage.statement import Statement
from idp.storage.tables import consents
from idp.storage.upsert import excluded, on_conflict_do_update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

_FIND = Statement(select(consents).where(either(consents.c.tag, "of_tag")))
_OF_TAGS = Statement(select(consents).where(among(consents.c.tag)))
_excluded = excluded(consents)
_insert = insert(consents).values(
    tag=bindparam("tag"),
    items_tag=bindparam("items_tag"),
    row_id=bindparam("row_id"),
    facts_sealed=bindparam("facts_sealed"),
    expires_day=bindparam("expires_day"),
)
_PUT = Statement(
    _insert.ext(
        on_conflict_do_update(
            consents.c.tag,
            {
                name: _excluded[name]
                for name in ("items_tag", "row_id", "facts_sealed", "expires_day")
            },
        )
    )
)
_REMOVE = Statement(consents.delete().where(among(consents.c.tag)).returning(consents.c.tag))
_PRUNE = Statement(
    consents.delete()
    .where(
        consents.c.tag.in_(
            select(consents.c.tag)
            .where(consents.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(consents.c.tag)
)


async def find(connection: Connection, *tags: bytes) -> Row | None:
    """Return the consent under this tag, or either of two, or None."""
    return await connection.one(_FIND, **pair("of_tag", tags))


async def of_tags(connection: Connection, tags: Sequence[bytes]) -> list[Row]:
    """Return every consent under any of ``tags``, in no order."""
    found = [await connection.all(_OF_TAGS, **some) for some in chunks(tags)]
    return [row for rows in found for row in rows]


async def put(
    connection: Connection,
    *,
    tag: bytes,
    items_tag: bytes,
    row_id: bytes,
    facts_sealed: bytes,
    expires_day: int,
) -> None:
    """Remember a consent in the place of an older one."""
    await connection.all(
        _PUT,
        tag=tag,
        items_tag=items_tag,
        row_id=row_id,
        facts_sealed=facts_sealed,
        expires_day=expires_day,
    )


async def remove(connection: Connection, tags: Sequence[bytes]) -> int:
    """Delete every consent under any of ``tags``; return how many."""
    return sum([len(await connection.all(_REMOVE, **some)) for some in chunks(tags)])


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Delete at most ``batch`` consents that ended before the day ``today``; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
