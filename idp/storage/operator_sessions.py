"""Sessions of operators, found by the digest of a cookie that opens no account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import operator_sessions, operators

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(operator_sessions.insert())
_FIND = Statement(
    select(
        operator_sessions.c.operator_id,
        operator_sessions.c.facts_sealed,
        operators.c.status,
        operators.c.roles,
        operators.c.facts_sealed.label("operator_facts"),
    )
    .join(operators, operators.c.id == operator_sessions.c.operator_id)
    .where(operator_sessions.c.digest == bindparam("cookie_digest"))
)
_REPLACE = Statement(
    operator_sessions.update()
    .where(
        operator_sessions.c.digest == bindparam("cookie_digest"),
        operator_sessions.c.facts_sealed == bindparam("old_facts"),
    )
    .values(facts_sealed=bindparam("new_facts"))
)
_END = Statement(
    operator_sessions.delete().where(operator_sessions.c.digest == bindparam("cookie_digest"))
)
_END_OF = Statement(
    operator_sessions.delete().where(operator_sessions.c.operator_id == bindparam("of_operator"))
)
_PRUNE = Statement(
    operator_sessions.delete()
    .where(
        operator_sessions.c.digest.in_(
            select(operator_sessions.c.digest)
            .where(operator_sessions.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(operator_sessions.c.digest)
)


async def add(
    connection: Connection,
    *,
    digest: bytes,
    operator_id: bytes,
    facts_sealed: bytes,
    expires_day: int,
) -> None:
    """Insert a session."""
    await connection.all(
        _ADD,
        digest=digest,
        operator_id=operator_id,
        facts_sealed=facts_sealed,
        expires_day=expires_day,
    )


async def find(connection: Connection, digest: bytes) -> Row | None:
    """Return the session with its operator as of now, in one read; or None."""
    return await connection.one(_FIND, cookie_digest=digest)


async def replace(
    connection: Connection, digest: bytes, *, old_facts: bytes, new_facts: bytes
) -> None:
    """Write ``new_facts`` where ``old_facts`` still stand: another tab may have been first."""
    await connection.all(_REPLACE, cookie_digest=digest, old_facts=old_facts, new_facts=new_facts)


async def end(connection: Connection, digest: bytes) -> None:
    """Delete the session."""
    await connection.all(_END, cookie_digest=digest)


async def end_of(connection: Connection, operator_id: bytes) -> None:
    """Delete all sessions of an operator."""
    await connection.all(_END_OF, of_operator=operator_id)


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Delete at most ``batch`` sessions that ended before the day ``today``; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
