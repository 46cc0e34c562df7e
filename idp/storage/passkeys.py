"""Passkeys: public keys only. There is no secret here to steal (promise P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import passkeys, people

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(
    postgresql_insert(passkeys)
    .values({column.name: bindparam(column.name) for column in passkeys.columns})
    .on_conflict_do_nothing()
    .returning(passkeys.c.id)
)
_FIND = Statement(
    select(passkeys, people.c.webauthn_user_id, people.c.sandbox)
    .join(people, people.c.id == passkeys.c.person_id)
    .where(passkeys.c.credential_id == bindparam("presented_id"))
)
_USED = Statement(
    passkeys.update()
    .where(
        passkeys.c.id == bindparam("passkey_id"),
        passkeys.c.sign_count == bindparam("old_count"),
    )
    .values(sign_count=bindparam("new_count"), backed_up=bindparam("new_backed_up"))
    .returning(passkeys.c.id)
)


async def add(connection: Connection, **columns: Any) -> bool:
    """Insert a passkey; every column is given. False when its credential id is known already."""
    return await connection.one(_ADD, **columns) is not None


async def find(connection: Connection, credential_id: bytes) -> Row | None:
    """Return the passkey with its person's ``webauthn_user_id`` and ``sandbox``, or None."""
    return await connection.one(_FIND, presented_id=credential_id)


async def used(
    connection: Connection, passkey_id: bytes, *, old_count: int, new_count: int, backed_up: bool
) -> bool:
    """Move the signature counter on; False when another sign-in moved it meanwhile."""
    row = await connection.one(
        _USED,
        passkey_id=passkey_id,
        old_count=old_count,
        new_count=new_count,
        new_backed_up=int(backed_up),
    )
    return row is not None
