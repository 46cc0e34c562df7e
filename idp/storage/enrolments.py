"""The enrolment store: which identities have an account, as keyed tags only. Its own database.

It shares no transaction with the provider's store, hence three steps: reserve, create the person
there, confirm. A reservation expires, so that a crash between the steps blocks nobody for ever.
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
    )
    .on_conflict_do_nothing()
    .returning(enrolments.c.dedup_tag)
)
_CONFIRM = Statement(
    enrolments.update()
    .where(enrolments.c.dedup_tag == bindparam("tag"), enrolments.c.row_id == bindparam("of_row"))
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


async def find(connection: Connection, dedup_tag: bytes) -> Row | None:
    """Return the enrolment's row, or None."""
    return await connection.one(_FIND, tag=dedup_tag)


async def reserve(
    connection: Connection,
    *,
    dedup_tag: bytes,
    key_version: int,
    row_id: bytes,
    person_sealed: bytes,
    reserved_until: int,
) -> bool:
    """Take the identity for a person about to be created; True for one caller only."""
    row = await connection.one(
        _RESERVE,
        dedup_tag=dedup_tag,
        key_version=key_version,
        row_id=row_id,
        person_sealed=person_sealed,
        reserved_until=reserved_until,
    )
    return row is not None


async def confirm(connection: Connection, *, dedup_tag: bytes, row_id: bytes) -> bool:
    """Make a reservation final; False when it is no longer this one."""
    return await connection.one(_CONFIRM, tag=dedup_tag, of_row=row_id) is not None


async def release(connection: Connection, *, dedup_tag: bytes, row_id: bytes) -> None:
    """Give a reservation back that led to no person."""
    await connection.all(_RELEASE, tag=dedup_tag, of_row=row_id)
