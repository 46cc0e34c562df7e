"""Heads of the audit log's tree that were published: added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import tree_heads

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(tree_heads.insert())
_FIND = Statement(select(tree_heads).where(tree_heads.c.size == bindparam("wanted")))
_BEFORE = Statement(
    select(tree_heads)
    .where(tree_heads.c.size < bindparam("before"))
    .order_by(tree_heads.c.size.desc())
    .limit(bindparam("most"))
)


async def add(connection: Connection, *, size: int, at: int, head: str) -> None:
    """Insert the one head for a size."""
    await connection.all(_ADD, size=size, at=at, head=head)


async def find(connection: Connection, size: int) -> Row | None:
    """Return the head for a size, or None."""
    return await connection.one(_FIND, wanted=size)


async def before(connection: Connection, size: int, *, most: int) -> list[Row]:
    """Return at most ``most`` heads for sizes below ``size``, newest first."""
    return await connection.all(_BEFORE, before=size, most=most)
