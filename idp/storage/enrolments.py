"""The enrolment store: which identities have an account, as keyed tags only. Its own database.

It shares no transaction with the provider's store, hence three steps: reserve, create the person
there, confirm. A reservation expires, so that a crash between the steps blocks nobody for ever.
A closed account leaves its identity ``closed`` for a while, and then nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import enrolments

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

RESERVED = "reserved"
CONFIRMED = "confirmed"
CLOSED = "closed"

_FIND = Statement(select(enrolments).where(enrolments.c.dedup_tag == bindparam("tag")))
_RESERVE = Statement(
    postgresql_insert(enrolments)
    .values(
        dedup_tag=bindparam("dedup_tag"),
        key_version=bindparam("key_version"),
        row_id=bindparam("row_id"),
        person_sealed=bindparam("person_sealed"),
        state=RESERVED,
        reserved_until=bindparam("reserved_until"),
        person_tag=bindparam("person_tag"),
        closed_until=None,
    )
    .on_conflict_do_nothing()
    .returning(enrolments.c.dedup_tag)
)
_CONFIRM = Statement(
    enrolments.update()
    .where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state != CLOSED,
    )
    .values(state=CONFIRMED, reserved_until=None)
    .returning(enrolments.c.dedup_tag)
)
_RELEASE = Statement(
    enrolments.delete().where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.row_id == bindparam("of_row"),
        enrolments.c.state == RESERVED,
    )
)
_EXPIRED = Statement(
    select(enrolments)
    .where(enrolments.c.state == RESERVED, enrolments.c.reserved_until <= bindparam("now"))
    .limit(bindparam("batch"))
)
_CLOSE = Statement(
    enrolments.update()
    .where(enrolments.c.person_tag == bindparam("of_person"))
    .values(state=CLOSED, reserved_until=None, closed_until=bindparam("until"))
    .returning(enrolments.c.dedup_tag)
)
_REOPEN = Statement(
    enrolments.delete().where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.state == CLOSED,
        enrolments.c.closed_until <= bindparam("today"),
    )
)
_PRUNE = Statement(
    enrolments.delete()
    .where(
        enrolments.c.dedup_tag.in_(
            select(enrolments.c.dedup_tag)
            .where(enrolments.c.closed_until <= bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(enrolments.c.dedup_tag)
)


async def find(connection: Connection, dedup_tag: bytes) -> Row | None:
    """Return the enrolment's row, or None."""
    return await connection.one(_FIND, tag=dedup_tag)


async def reserve(  # noqa: PLR0913 - one argument per column
    connection: Connection,
    *,
    dedup_tag: bytes,
    key_version: int,
    row_id: bytes,
    person_sealed: bytes,
    person_tag: bytes,
    reserved_until: int,
) -> bool:
    """Take the identity for a person about to be created; True for one caller only."""
    row = await connection.one(
        _RESERVE,
        dedup_tag=dedup_tag,
        key_version=key_version,
        row_id=row_id,
        person_sealed=person_sealed,
        person_tag=person_tag,
        reserved_until=reserved_until,
    )
    return row is not None


async def confirm(connection: Connection, *, dedup_tag: bytes, row_id: bytes) -> bool:
    """Make a reservation final; False when it is no longer this one."""
    return await connection.one(_CONFIRM, tag=dedup_tag, of_row=row_id) is not None


async def release(connection: Connection, *, dedup_tag: bytes, row_id: bytes) -> None:
    """Give a reservation back that led to no person."""
    await connection.all(_RELEASE, tag=dedup_tag, of_row=row_id)


async def expired(connection: Connection, *, now: int, batch: int) -> list[Row]:
    """Return reservations that somebody began and did not finish in time."""
    return await connection.all(_EXPIRED, now=now, batch=batch)


async def close(connection: Connection, *, person_tag: bytes, until_day: int) -> bool:
    """Keep a person's identity from enrolling again before ``until_day``; False when there is none.

    May be repeated; the last call counts.
    """
    return await connection.one(_CLOSE, of_person=person_tag, until=until_day) is not None


async def reopen(connection: Connection, *, dedup_tag: bytes, today: int) -> None:
    """Forget a closed identity whose time is over."""
    await connection.all(_REOPEN, tag=dedup_tag, today=today)


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Forget closed identities whose time is over; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
