"""Accounts just closed, whose identities the enrolment store does not know of yet; sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import closings

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(closings.insert())
_SOME = Statement(select(closings).limit(bindparam("batch")))
_REMOVE = Statement(closings.delete().where(closings.c.id == bindparam("row_id")))


async def add(connection: Connection, *, row_id: bytes, facts_sealed: bytes) -> None:
    """Remember that an account was closed, in the transaction that deletes it."""
    await connection.all(_ADD, id=row_id, facts_sealed=facts_sealed)


async def some(connection: Connection, *, batch: int) -> list[Row]:
    """Return at most ``batch`` of them."""
    return await connection.all(_SOME, batch=batch)


async def remove(connection: Connection, row_id: bytes) -> None:
    """Forget one that the enrolment store knows of."""
    await connection.all(_REMOVE, row_id=row_id)
