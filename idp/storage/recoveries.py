"""Recoveries that wait: at most one per person, the new passkey sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from idp.storage.statement import Statement
from idp.storage.tables import passkeys, people, recoveries
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(
    insert(recoveries)
    .values({column.name: bindparam(column.name) for column in recoveries.columns})
    .ext(on_conflict_do_nothing())
    .returning(recoveries.c.id)
)
_OF_PERSON = Statement(select(recoveries).where(recoveries.c.person_id == bindparam("owner")))
_OF_HANDLE = Statement(
    select(recoveries)
    .join(people, people.c.id == recoveries.c.person_id)
    .where(people.c.webauthn_user_id == bindparam("user_handle"))
)
_CREDENTIALS = Statement(
    select(passkeys.c.credential_id).where(passkeys.c.person_id == bindparam("owner"))
)
_END = Statement(
    recoveries.delete().where(recoveries.c.id == bindparam("row_id")).returning(recoveries.c.id)
)
_STOP = Statement(
    recoveries.delete()
    .where(recoveries.c.person_id == bindparam("owner"))
    .returning(recoveries.c.id)
)
_PRUNE = Statement(
    recoveries.delete()
    .where(
        recoveries.c.id.in_(
            select(recoveries.c.id)
            .where(recoveries.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(recoveries.c.id)
)


async def add(
    connection: Connection, *, row_id: bytes, person_id: bytes, facts_sealed: bytes, day: int
) -> bool:
    """Insert a recovery that lapses after ``day``; False when the person has one already."""
    row = await connection.one(
        _ADD, id=row_id, person_id=person_id, facts_sealed=facts_sealed, expires_day=day
    )
    return row is not None


async def of_person(connection: Connection, person_id: bytes) -> Row | None:
    """Return the recovery that waits for a person, or None."""
    return await connection.one(_OF_PERSON, owner=person_id)


async def of_handle(connection: Connection, user_handle: bytes) -> Row | None:
    """Return the recovery of the person whose passkeys carry this ``user.id``, or None."""
    return await connection.one(_OF_HANDLE, user_handle=user_handle)


async def credentials(connection: Connection, person_id: bytes) -> list[bytes]:
    """Return the credential ids of the passkeys that a person has already."""
    return [row["credential_id"] for row in await connection.all(_CREDENTIALS, owner=person_id)]


async def end(connection: Connection, row_id: bytes) -> bool:
    """Take one recovery away; True for one caller only, whether it completes or replaces it."""
    return await connection.one(_END, row_id=row_id) is not None


async def stop(connection: Connection, person_id: bytes) -> bool:
    """Take a person's recovery away; False when there is none (any more)."""
    return await connection.one(_STOP, owner=person_id) is not None


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Forget at most ``batch`` recoveries that lapsed before ``today``; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
