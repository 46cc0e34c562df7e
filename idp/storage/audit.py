"""The audit log: appended to, never changed. It names cases and clients, and no person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import audit

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_APPEND = Statement(
    audit.insert().values(
        {one.name: bindparam(one.name) for one in audit.c if one is not audit.c.position}
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


async def append(connection: Connection, **columns: Any) -> None:
    """Append one entry; every column is given."""
    await connection.all(_APPEND, **columns)


async def before(connection: Connection, position: int, *, most: int) -> list[Row]:
    """Return at most ``most`` entries that stand before ``position``, newest first."""
    return await connection.all(_BEFORE, before=position, most=most)


async def times(connection: Connection, act: str, *, since: int) -> list[int]:
    """Return when ``act`` was done, from ``since`` on; epoch seconds, in no order."""
    return [row["at"] for row in await connection.all(_TIMES, of_act=act, since=since)]
