"""Passkeys of operators: never in the table of people's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from idp.storage.statement import Statement
from idp.storage.tables import operator_passkeys, operators
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(
    insert(operator_passkeys)
    .values({column.name: bindparam(column.name) for column in operator_passkeys.columns})
    .ext(on_conflict_do_nothing())
    .returning(operator_passkeys.c.id)
)
_FIND = Statement(
    select(operator_passkeys, operators.c.webauthn_user_id)
    .join(operators, operators.c.id == operator_passkeys.c.operator_id)
    .where(operator_passkeys.c.credential_id == bindparam("presented_id"))
)
_ALL = Statement(select(operator_passkeys.c.credential_id, operator_passkeys.c.operator_id))
_USED = Statement(
    operator_passkeys.update()
    .where(
        operator_passkeys.c.id == bindparam("passkey_id"),
        operator_passkeys.c.sign_count == bindparam("old_count"),
    )
    .values(sign_count=bindparam("new_count"), backed_up=bindparam("new_backed_up"))
)
_REMOVE_OF = Statement(
    operator_passkeys.delete().where(operator_passkeys.c.operator_id == bindparam("of_operator"))
)


async def add(connection: Connection, **columns: Any) -> bool:
    """Insert a passkey; every column is given. False when its credential id is known already."""
    return await connection.one(_ADD, **columns) is not None


async def find(connection: Connection, credential_id: bytes) -> Row | None:
    """Return the passkey with its operator's ``webauthn_user_id``, or None."""
    return await connection.one(_FIND, presented_id=credential_id)


async def everyones(connection: Connection) -> list[Row]:
    """Return every credential id with its operator."""
    return await connection.all(_ALL)


async def used(
    connection: Connection, passkey_id: bytes, *, old_count: int, new_count: int, backed_up: bool
) -> None:
    """Move the signature counter on, unless another use moved it meanwhile."""
    await connection.all(
        _USED,
        passkey_id=passkey_id,
        old_count=old_count,
        new_count=new_count,
        new_backed_up=int(backed_up),
    )


async def remove_of(connection: Connection, operator_id: bytes) -> None:
    """Delete all passkeys of an operator."""
    await connection.all(_REMOVE_OF, of_operator=operator_id)
