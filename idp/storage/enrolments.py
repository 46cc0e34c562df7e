"""The enrolment store: which identities have an account, as keyed tags only. Its own database.

It shares no transaction with the provider's store, hence three steps: reserve, create the person
there, confirm. A reservation expires, so that a crash between the steps blocks nobody for ever.
A closed account leaves its identity ``closed`` for a while, and then nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import bindparam, func, insert, select

from idp.storage.many import either, of_another_version, pair
from idp.storage.statement import Statement
from idp.storage.tables import enrolments
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

RESERVED = "reserved"
CONFIRMED = "confirmed"
CLOSED = "closed"

# One identity, under each version of the dedup secret that its tag may have.
_OF_TAGS = either(enrolments.c.dedup_tag, "tag")
_FIND = Statement(select(enrolments).where(_OF_TAGS))
_RESERVE = Statement(
    insert(enrolments)
    .values(
        dedup_tag=bindparam("dedup_tag"),
        key_version=bindparam("key_version"),
        row_id=bindparam("row_id"),
        person_sealed=bindparam("person_sealed"),
        state=RESERVED,
        reserved_until=bindparam("reserved_until"),
        person_tag=bindparam("person_tag"),
        closed_until=None,
        kept_until=None,
        facts_sealed=None,
    )
    .ext(on_conflict_do_nothing())
    .returning(enrolments.c.dedup_tag)
)
_CONFIRM = Statement(
    enrolments.update()
    .where(
        _OF_TAGS,
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state != CLOSED,
    )
    .values(
        state=CONFIRMED,
        reserved_until=None,
        closed_until=None,
        kept_until=None,
        facts_sealed=None,
    )
    .returning(enrolments.c.dedup_tag)
)
_RELEASE = Statement(
    enrolments.delete().where(
        _OF_TAGS,
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state == RESERVED,
        enrolments.c.kept_until.is_(None),
    )
)
_CLOSE_AGAIN = Statement(
    enrolments.update()
    .where(
        _OF_TAGS,
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state == RESERVED,
    )
    .values(state=CLOSED, reserved_until=None)
)
_UNNAMED = Statement(
    select(enrolments)
    .where(enrolments.c.person_tag.is_(None), enrolments.c.state != CLOSED)
    .limit(bindparam("batch"))
)
_NAME = Statement(
    enrolments.update()
    .where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state != CLOSED,
    )
    .values(person_tag=bindparam("new_person_tag"))
)
_OF_PERSON = Statement(select(enrolments).where(either(enrolments.c.person_tag, "of_person")))
_EXPIRED = Statement(
    select(enrolments)
    .where(enrolments.c.state == RESERVED, enrolments.c.reserved_until <= bindparam("now"))
    .limit(bindparam("batch"))
)
_CONFIRMED = Statement(
    select(enrolments)
    .where(enrolments.c.dedup_tag > bindparam("after"), enrolments.c.state == CONFIRMED)
    .order_by(enrolments.c.dedup_tag)
    .limit(bindparam("batch"))
)
_CLOSE = Statement(
    enrolments.update()
    .where(either(enrolments.c.person_tag, "of_person"))
    .values(
        state=CLOSED,
        reserved_until=None,
        person_tag=None,
        person_sealed=bindparam("nobody_sealed"),
        closed_until=bindparam("until"),
        kept_until=bindparam("kept"),
        facts_sealed=bindparam("left_sealed"),
    )
    .returning(enrolments.c.dedup_tag)
)
_RETAKE = Statement(
    enrolments.update()
    .where(
        _OF_TAGS,
        enrolments.c.row_id == bindparam("old_row"),
        enrolments.c.state == CLOSED,
        enrolments.c.closed_until <= bindparam("today"),
    )
    .values(
        row_id=bindparam("new_row"),
        person_sealed=bindparam("new_person_sealed"),
        person_tag=bindparam("new_person_tag"),
        state=RESERVED,
        reserved_until=bindparam("until"),
        facts_sealed=bindparam("left_sealed"),
    )
    .returning(enrolments.c.dedup_tag)
)
_PRUNE = Statement(
    enrolments.delete()
    .where(
        enrolments.c.dedup_tag.in_(
            select(enrolments.c.dedup_tag)
            .where(enrolments.c.state == CLOSED, enrolments.c.kept_until <= bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(enrolments.c.dedup_tag)
)
_OTHERS = of_another_version(enrolments.c.person_tag)
_COUNT_OTHERS = Statement(select(func.count().label("rows")).where(_OTHERS))
_SOME_OTHERS = Statement(
    select(enrolments)
    .where(enrolments.c.dedup_tag > bindparam("after"), _OTHERS)
    .order_by(enrolments.c.dedup_tag)
    .limit(bindparam("page"))
)
_RENAME = Statement(
    enrolments.update()
    .where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.person_tag == bindparam("of_person"),
    )
    .values(person_tag=bindparam("new_person_tag"))
)


class Reservation(Struct, frozen=True):
    """The columns of an identity about to be taken; ``until`` in epoch seconds."""

    dedup_tag: bytes
    key_version: int
    row_id: bytes
    person_sealed: bytes
    person_tag: bytes
    until: int


async def confirmed(connection: Connection, *, after: bytes, batch: int) -> list[Row]:
    """Return at most ``batch`` enrolments that led to an account, by tag, that come after one."""
    return await connection.all(_CONFIRMED, after=after, batch=batch)


async def find(connection: Connection, *dedup_tags: bytes) -> Row | None:
    """Return the enrolment's row, or None."""
    return await connection.one(_FIND, **pair("tag", dedup_tags))


async def reserve(connection: Connection, reservation: Reservation) -> bool:
    """Take the identity for a person about to be created; True for one caller only."""
    row = await connection.one(
        _RESERVE,
        dedup_tag=reservation.dedup_tag,
        key_version=reservation.key_version,
        row_id=reservation.row_id,
        person_sealed=reservation.person_sealed,
        person_tag=reservation.person_tag,
        reserved_until=reservation.until,
    )
    return row is not None


async def confirm(connection: Connection, *, tags: Sequence[bytes], row_id: bytes) -> bool:
    """Make a reservation final; False when it is no longer this one."""
    return await connection.one(_CONFIRM, of_row=row_id, **pair("tag", tags)) is not None


async def release(connection: Connection, *, tags: Sequence[bytes], row_id: bytes) -> None:
    """Give a reservation back that led to no person; one of a closed identity is closed again."""
    await connection.all(_RELEASE, of_row=row_id, **pair("tag", tags))
    await connection.all(_CLOSE_AGAIN, of_row=row_id, **pair("tag", tags))


async def expired(connection: Connection, *, now: int, batch: int) -> list[Row]:
    """Return reservations that somebody began and did not finish in time."""
    return await connection.all(_EXPIRED, now=now, batch=batch)


async def unnamed(connection: Connection, *, batch: int) -> list[Row]:
    """Return enrolments of the first revision, which their persons do not lead to yet."""
    return await connection.all(_UNNAMED, batch=batch)


async def name(
    connection: Connection, *, dedup_tag: bytes, row_id: bytes, person_tag: bytes
) -> None:
    """Let a living account lead to its enrolment."""
    await connection.all(_NAME, tag=dedup_tag, of_row=row_id, new_person_tag=person_tag)


async def of_person(connection: Connection, *person_tags: bytes) -> Row | None:
    """Return the enrolment that a living account came from, or None."""
    return await connection.one(_OF_PERSON, **pair("of_person", person_tags))


class Left(Struct, frozen=True):
    """What is left of a closed account, in columns; days since the epoch."""

    nobody_sealed: bytes
    facts_sealed: bytes
    until_day: int
    kept_day: int


async def close(connection: Connection, person_tags: Sequence[bytes], left: Left) -> bool:
    """Take the person out of their enrolment, and let it stand as closed; False without one."""
    row = await connection.one(
        _CLOSE,
        **pair("of_person", person_tags),
        nobody_sealed=left.nobody_sealed,
        left_sealed=left.facts_sealed,
        until=left.until_day,
        kept=left.kept_day,
    )
    return row is not None


async def retake(
    connection: Connection,
    reservation: Reservation,
    *,
    tags: Sequence[bytes],
    old_row: bytes,
    facts_sealed: bytes,
    today: int,
) -> bool:
    """Reserve a closed identity whose time is over; True for one caller only.

    What is left of the account before it stays until this one is confirmed, and so does its tag.
    """
    row = await connection.one(
        _RETAKE,
        **pair("tag", tags),
        old_row=old_row,
        today=today,
        new_row=reservation.row_id,
        new_person_sealed=reservation.person_sealed,
        new_person_tag=reservation.person_tag,
        until=reservation.until,
        left_sealed=facts_sealed,
    )
    return row is not None


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Forget closed identities whose time is over; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))


async def count_others(connection: Connection, suffix: bytes) -> int:
    """Return to how many enrolments a tag of another version leads than the one of ``suffix``."""
    row = await connection.one(_COUNT_OTHERS, suffix=suffix)
    return 0 if row is None else int(row["rows"])


async def some_others(
    connection: Connection, suffix: bytes, *, after: bytes, page: int
) -> list[Row]:
    """Return the next of those, in the order of their dedup tags."""
    return await connection.all(_SOME_OTHERS, suffix=suffix, after=after, page=page)


async def rename(connection: Connection, row: Row, person_tag: bytes) -> None:
    """Let another tag lead to an enrolment, if the one that was read still does."""
    await connection.all(
        _RENAME, tag=row["dedup_tag"], of_person=row["person_tag"], new_person_tag=person_tag
    )
