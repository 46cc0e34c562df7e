"""One-time links by which operators make their passkeys; found by a keyed tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import operator_links

if TYPE_CHECKING:
    from idp.storage.database import Connection

_ADD = Statement(operator_links.insert())
_FIND = Statement(
    select(operator_links.c.operator_id).where(
        operator_links.c.tag == bindparam("of_tag"),
        operator_links.c.expires_at > bindparam("now"),
    )
)
_SPEND = Statement(
    operator_links.delete()
    .where(
        operator_links.c.tag == bindparam("of_tag"),
        operator_links.c.expires_at > bindparam("now"),
    )
    .returning(operator_links.c.operator_id)
)
_REMOVE_OF = Statement(
    operator_links.delete().where(operator_links.c.operator_id == bindparam("of_operator"))
)
_PRUNE = Statement(
    operator_links.delete()
    .where(
        operator_links.c.tag.in_(
            select(operator_links.c.tag)
            .where(operator_links.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(operator_links.c.tag)
)


async def add(connection: Connection, *, tag: bytes, operator_id: bytes, expires_at: int) -> None:
    """Insert a link."""
    await connection.all(_ADD, tag=tag, operator_id=operator_id, expires_at=expires_at)


async def find(connection: Connection, tag: bytes, *, now: int) -> bytes | None:
    """Return the operator whom a live link is for, or None."""
    row = await connection.one(_FIND, of_tag=tag, now=now)
    return None if row is None else bytes(row["operator_id"])


async def spend(connection: Connection, tag: bytes, *, now: int) -> bytes | None:
    """Use a live link up; return its operator to exactly one caller, None to all others."""
    row = await connection.one(_SPEND, of_tag=tag, now=now)
    return None if row is None else bytes(row["operator_id"])


async def remove_of(connection: Connection, operator_id: bytes) -> None:
    """Delete every link of an operator."""
    await connection.all(_REMOVE_OF, of_operator=operator_id)


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` links that have expired; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))
