"""Operators: people who run the provider. Their names are sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select

from idp.domain.operator import OperatorStatus
from idp.storage.statement import Statement
from idp.storage.tables import operators

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(operators.insert())
_FIND = Statement(select(operators).where(operators.c.id == bindparam("operator_id")))
_ALL = Statement(select(operators).order_by(operators.c.created_day, operators.c.id))
_SET_ROLES = Statement(
    operators.update()
    .where(operators.c.id == bindparam("operator_id"))
    .values(roles=bindparam("new_roles"))
)
_DISABLED = literal(OperatorStatus.DISABLED.value)
# Whoever joins by a link while being disabled stays disabled.
_JOIN = Statement(
    operators.update()
    .where(operators.c.id == bindparam("operator_id"), operators.c.status != _DISABLED)
    .values(status=literal(OperatorStatus.ACTIVE.value))
    .returning(operators.c.id)
)
_DISABLE = Statement(
    operators.update()
    .where(operators.c.id == bindparam("operator_id"), operators.c.status != _DISABLED)
    .values(status=_DISABLED)
    .returning(operators.c.id)
)
_ENABLE = Statement(
    operators.update()
    .where(operators.c.id == bindparam("operator_id"), operators.c.status == _DISABLED)
    .values(status=bindparam("new_status"))
    .returning(operators.c.id)
)
_REMOVE = Statement(
    operators.delete().where(operators.c.id == bindparam("operator_id")).returning(operators.c.id)
)


async def add(connection: Connection, **columns: Any) -> None:
    """Insert an operator; every column is given."""
    await connection.all(_ADD, **columns)


async def find(connection: Connection, operator_id: bytes) -> Row | None:
    """Return the operator's row, or None."""
    return await connection.one(_FIND, operator_id=operator_id)


async def everyone(connection: Connection) -> list[Row]:
    """Return all operators, oldest first."""
    return await connection.all(_ALL)


async def set_roles(connection: Connection, operator_id: bytes, roles: str) -> None:
    """Replace the roles."""
    await connection.all(_SET_ROLES, operator_id=operator_id, new_roles=roles)


async def join(connection: Connection, operator_id: bytes) -> bool:
    """Make an operator active; False for one who is disabled, or gone."""
    return await connection.one(_JOIN, operator_id=operator_id) is not None


async def disable(connection: Connection, operator_id: bytes) -> bool:
    """Disable an operator; False for one who is disabled, or not there."""
    return await connection.one(_DISABLE, operator_id=operator_id) is not None


async def enable(connection: Connection, operator_id: bytes, status: str) -> bool:
    """Give a disabled operator ``status``; False for one who is not disabled."""
    found = await connection.one(_ENABLE, operator_id=operator_id, new_status=status)
    return found is not None


async def remove(connection: Connection, operator_id: bytes) -> bool:
    """Delete the operator with passkeys, sessions and links; False when there is none."""
    return await connection.one(_REMOVE, operator_id=operator_id) is not None
