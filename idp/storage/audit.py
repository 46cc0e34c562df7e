"""The audit log: appended to, never changed. Case ids only, and no personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import audit

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_APPEND = Statement(
    audit.insert().values(
        at=bindparam("at"),
        act=bindparam("act"),
        operator_id=bindparam("operator_id"),
        case_id=bindparam("case_id"),
    )
)
_BEFORE = Statement(
    select(audit)
    .where(audit.c.position < bindparam("before"))
    .order_by(audit.c.position.desc())
    .limit(bindparam("most"))
)
_TIMES = Statement(
    select(audit.c.at).where(audit.c.act == bindparam("of_act"), audit.c.at >= bindparam("since"))
)


async def append(
    connection: Connection, *, at: int, act: str, operator_id: bytes | None, case_id: str | None
) -> None:
    """Append one entry."""
    await connection.all(_APPEND, at=at, act=act, operator_id=operator_id, case_id=case_id)


async def before(connection: Connection, position: int, *, most: int) -> list[Row]:
    """Return at most ``most`` entries that stand before ``position``, newest first."""
    return await connection.all(_BEFORE, before=position, most=most)


async def times(connection: Connection, act: str, *, since: int) -> list[int]:
    """Return when ``act`` was done, from ``since`` on; epoch seconds, in no order."""
    return [row["at"] for row in await connection.all(_TIMES, of_act=act, since=since)]
