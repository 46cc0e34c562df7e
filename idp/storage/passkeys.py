"""Passkeys: public keys only. There is no secret here to steal (promise P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import LargeBinary, bindparam, exists, insert, select

from idp.storage.statement import Statement
from idp.storage.tables import passkeys, people
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(
    insert(passkeys)
    .values({column.name: bindparam(column.name) for column in passkeys.columns})
    .ext(on_conflict_do_nothing())
    .returning(passkeys.c.id)
)
_FIND = Statement(
    select(passkeys, people.c.webauthn_user_id, people.c.sandbox)
    .join(people, people.c.id == passkeys.c.person_id)
    .where(passkeys.c.credential_id == bindparam("presented_id"))
)
_OF = Statement(select(passkeys).where(passkeys.c.person_id == bindparam("owner_id")))
# Whoever counts or removes passkeys of a person waits here for whoever does so already.
_HOLD = Statement(
    select(people.c.webauthn_user_id).where(people.c.id == bindparam("owner_id")).with_for_update()
)
_ALIVE = Statement(
    select(passkeys.c.id)
    .where(passkeys.c.credential_id == bindparam("presented_id"))
    .with_for_update(read=True)
)
_CHANGE = Statement(
    passkeys.update()
    .where(
        passkeys.c.id == bindparam("passkey_id"),
        passkeys.c.sign_count == bindparam("old_count"),
        passkeys.c.facts_sealed.is_not_distinct_from(bindparam("old_facts", type_=LargeBinary)),
    )
    .values(
        sign_count=bindparam("new_count"),
        backed_up=bindparam("new_backed_up"),
        facts_sealed=bindparam("new_facts"),
    )
    .returning(passkeys.c.id)
)
_others = passkeys.alias("others")
_REMOVE = Statement(
    passkeys.delete()
    .where(
        passkeys.c.id == bindparam("passkey_id"),
        passkeys.c.person_id == bindparam("owner_id"),
        exists().where(
            _others.c.person_id == bindparam("owner_id"),
            _others.c.id != bindparam("passkey_id"),
        ),
    )
    .returning(passkeys.c.credential_id)
)


async def add(connection: Connection, **columns: Any) -> bool:
    """Insert a passkey; every column is given. False when its credential id is known already."""
    return await connection.one(_ADD, **columns) is not None


async def find(connection: Connection, credential_id: bytes) -> Row | None:
    """Return the passkey with its person's ``webauthn_user_id`` and ``sandbox``, or None."""
    return await connection.one(_FIND, presented_id=credential_id)


async def of_person(connection: Connection, person_id: bytes) -> list[Row]:
    """Return all passkeys of a person, in no order."""
    return await connection.all(_OF, owner_id=person_id)


async def hold(connection: Connection, person_id: bytes) -> Row | None:
    """Let nobody else add or remove passkeys of a person until the transaction ends.

    Returns ``webauthn_user_id``; None when there is no such person any more.
    """
    return await connection.one(_HOLD, owner_id=person_id)


async def alive(connection: Connection, credential_id: bytes) -> bool:
    """Tell whether a passkey is there still; it then is until the transaction ends."""
    return await connection.one(_ALIVE, presented_id=credential_id) is not None


class Change(Struct, frozen=True):
    """New values of one passkey, against the row that was read before."""

    sign_count: int
    backed_up: bool
    facts_sealed: bytes


async def change(connection: Connection, row: Row, new: Change) -> bool:
    """Write ``new`` where counter and facts are still those of ``row``; False when they are not."""
    changed = await connection.one(
        _CHANGE,
        passkey_id=row["id"],
        old_count=row["sign_count"],
        old_facts=row["facts_sealed"],
        new_count=new.sign_count,
        new_backed_up=int(new.backed_up),
        new_facts=new.facts_sealed,
    )
    return changed is not None


async def remove(connection: Connection, person_id: bytes, passkey_id: bytes) -> bytes | None:
    """Delete a passkey of a person unless it is the last; return its credential id, or None.

    Only within ``hold``: two removals side by side would each see the other's passkey.
    """
    row = await connection.one(_REMOVE, owner_id=person_id, passkey_id=passkey_id)
    return None if row is None else bytes(row["credential_id"])
