"""People: one row per person enrolled. Named by nobody outside the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from idp.storage.statement import Statement
from idp.storage.tables import people

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(people.insert())
_FIND = Statement(select(people).where(people.c.id == bindparam("person_id")))
# FOR UPDATE: what is decided about a person from what was read is decided in one order.
_LOCKED = Statement(
    select(people).where(people.c.id == bindparam("person_id")).with_for_update(), writes=True
)
# FOR SHARE: whoever writes what hangs on a person does so before the person is locked, or after.
_HELD = Statement(
    select(people.c.id).where(people.c.id == bindparam("person_id")).with_for_update(read=True)
)
_COUNT = Statement(
    select(func.count()).select_from(people).where(people.c.sandbox == bindparam("of_sandbox"))
)
_REMOVE = Statement(people.delete().where(people.c.id == bindparam("person_id")))
_SET_STATUS = Statement(
    people.update()
    .where(people.c.id == bindparam("person_id"))
    .values(status=bindparam("new_status"), notice_sealed=bindparam("new_notice"))
    .returning(people.c.id)
)


_SET_CONTACT = Statement(
    people.update()
    .where(people.c.id == bindparam("person_id"), people.c.contact_sealed == bindparam("old"))
    .values(contact_sealed=bindparam("new"))
    .returning(people.c.id)
)
_FIRST_CONTACT = Statement(
    people.update()
    .where(people.c.id == bindparam("person_id"), people.c.contact_sealed.is_(None))
    .values(contact_sealed=bindparam("new"))
    .returning(people.c.id)
)
_IDS = Statement(
    select(people.c.id)
    .where(people.c.id > bindparam("after"))
    .order_by(people.c.id)
    .limit(bindparam("batch"))
)


async def ids(connection: Connection, *, after: bytes, batch: int) -> list[bytes]:
    """Return at most ``batch`` ids of people, in their order, that come after one."""
    return [row["id"] for row in await connection.all(_IDS, after=after, batch=batch)]


async def add(connection: Connection, **columns: Any) -> None:
    """Insert a person; every column is given."""
    await connection.all(_ADD, **columns)


async def find(connection: Connection, person_id: bytes) -> Row | None:
    """Return the person's row, or None."""
    return await connection.one(_FIND, person_id=person_id)


async def hold(connection: Connection, person_id: bytes) -> bool:
    """Let nobody suspend or close the account before this transaction ends; False if it is closed.

    First in the transaction: who locks what hangs on a person before the person meets, in a
    deadlock, who locks the person first.
    """
    return await connection.one(_HELD, person_id=person_id) is not None


async def locked(connection: Connection, person_id: bytes) -> Row | None:
    """Return the person's row, or None; nobody else changes it before this transaction ends."""
    return await connection.one(_LOCKED, person_id=person_id)


async def count(connection: Connection, *, sandbox: bool) -> int:
    """Count sandbox people, or real ones."""
    row = await connection.one(_COUNT, of_sandbox=int(sandbox))
    return 0 if row is None else int(row["count_1"])


async def remove(connection: Connection, person_id: bytes) -> None:
    """Delete the person and all that hangs on the row: passkeys, sessions."""
    await connection.all(_REMOVE, person_id=person_id)


async def set_status(
    connection: Connection, person_id: bytes, status: str, notice_sealed: bytes | None
) -> bool:
    """Change the status and the notice that goes with it; False when there is no such person."""
    row = await connection.one(
        _SET_STATUS, person_id=person_id, new_status=status, new_notice=notice_sealed
    )
    return row is not None


async def set_contact(
    connection: Connection, person_id: bytes, *, old: bytes | None, new: bytes | None
) -> bool:
    """Replace the sealed contact where it is still ``old``; False when others were first."""
    if old is None:
        return await connection.one(_FIRST_CONTACT, person_id=person_id, new=new) is not None
    return await connection.one(_SET_CONTACT, person_id=person_id, old=old, new=new) is not None
