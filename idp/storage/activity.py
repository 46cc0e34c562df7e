"""A person's own history: sealed rows under tags that join no two platforms.

On PostgreSQL it is a ring of partitions. A slot whose days are all over is emptied as a whole,
which costs the same whatever was in it, and leaves no dead row behind. Only that slot is locked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import bindparam, func, select, text, true, tuple_

from idp.domain.activity import OLD_SLOT, SLOTS
from idp.storage.database import Unavailable
from idp.storage.many import among, chunks
from idp.storage.statement import Statement
from idp.storage.tables import activity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

# Who reads the whole table (a backup) holds every slot. We let them, and come again: whoever wanted
# a slot that we wait for would wait too.
_LOCK_MILLISECONDS = 100
MOST_COUNTED = 1_000_000

_ADD = Statement(activity.insert())
_OF_TAGS = Statement(select(activity).where(among(activity.c.tag)))
_REMOVE = Statement(activity.delete().where(among(activity.c.tag)))
_KEY = tuple_(activity.c.tag, activity.c.id)
_PRUNE = Statement(
    activity.delete()
    .where(
        _KEY.in_(
            select(activity.c.tag, activity.c.id)
            .where(activity.c.day < bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(activity.c.id)
)
_OLDEST = Statement(select(func.min(activity.c.day).label("day")))
_slots = func.generate_series(OLD_SLOT, SLOTS).table_valued("slot").render_derived("slots")
_newest = select(func.max(activity.c.day)).where(activity.c.slot == _slots.c.slot)
_some = select(activity.c.day).where(activity.c.slot == bindparam("of_slot")).limit(MOST_COUNTED)
_POSTGRESQL = {
    "newest": Statement(select(_slots.c.slot, _newest.scalar_subquery().label("day"))),
    "newest_of": Statement(
        select(activity.c.day)
        .where(activity.c.slot == bindparam("of_slot"))
        .order_by(activity.c.day.desc())
        .limit(1)
    ),
    "count": Statement(select(func.count().label("rows")).select_from(_some.subquery())),
    "count_before": Statement(
        select(func.count().label("rows")).select_from(
            _some.where(activity.c.day < bindparam("before")).subquery()
        )
    ),
    "wait_briefly": Statement(
        select(func.set_config("lock_timeout", str(_LOCK_MILLISECONDS), true())), writes=True
    ),
}


def partition(slot: int) -> str:
    """Return the name of a slot's partition."""
    return f"{activity.name}_{slot}"


def _of_each_slot(words: str) -> tuple[Statement, ...]:
    names = [partition(slot) for slot in range(OLD_SLOT, SLOTS + 1)]
    return tuple(Statement(text(words.format(name)), writes=True) for name in names)


_LOCK = _of_each_slot("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE")
_EMPTY = _of_each_slot("TRUNCATE TABLE {}")


class NewEvent(Struct, frozen=True):
    """The columns of an event about to be stored; ``day`` counts since the epoch."""

    id: bytes
    tag: bytes
    facts_sealed: bytes
    day: int
    slot: int = OLD_SLOT


async def add(connection: Connection, event: NewEvent) -> None:
    """Insert one event."""
    await connection.all(
        _ADD,
        id=event.id,
        tag=event.tag,
        facts_sealed=event.facts_sealed,
        day=event.day,
        slot=event.slot,
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


async def oldest(connection: Connection) -> int | None:
    """Return the day of the oldest event, or None."""
    row = await connection.one(_OLDEST)
    return None if row is None else row["day"]


async def empty_slots(connection: Connection, *, before: int) -> int:
    """Empty every slot in which all days are before ``before``, on PostgreSQL.

    Return how many events went; of a slot with more than ``MOST_COUNTED`` that many are counted.
    A slot that somebody reads at this moment stays until the next time.
    """
    rows = await connection.all(_POSTGRESQL["newest"])
    over = [row["slot"] for row in rows if row["day"] is not None and row["day"] < before]
    return sum([await _empty(connection, slot, before) for slot in over])


async def would_go(connection: Connection, *, before: int, stray_before: int) -> int:
    """Return how many events ``empty_slots``, then ``prune`` to ``stray_before``, would take away.

    It locks nothing, and counts at most ``MOST_COUNTED`` of each slot.
    """
    total = 0
    for row in await connection.all(_POSTGRESQL["newest"]):
        is_over = row["day"] is not None and row["day"] < before
        counted = await connection.one(
            _POSTGRESQL["count_before"],
            of_slot=row["slot"],
            before=before if is_over else stray_before,
        )
        total += 0 if counted is None else int(counted["rows"])
    return total


async def _empty(connection: Connection, slot: int, before: int) -> int:
    counted = await connection.one(_POSTGRESQL["count"], of_slot=slot)
    try:
        async with connection.transaction() as transaction:
            await transaction.one(_POSTGRESQL["wait_briefly"])
            await transaction.all(_LOCK[slot])
            # Once more: the ring may have come round to this slot since we looked.
            row = await transaction.one(_POSTGRESQL["newest_of"], of_slot=slot)
            if row is None or row["day"] >= before:
                return 0
            await transaction.all(_EMPTY[slot])
    except Unavailable:
        return 0
    return 0 if counted is None else int(counted["rows"])
