"""Whether the database can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from idp.storage.statement import Statement

if TYPE_CHECKING:
    from idp.storage.database import Connection

_ASK = Statement(select(literal(1).label("answer")))


async def check(connection: Connection) -> None:
    """Return when the database answers; raises Unavailable otherwise."""
    await connection.one(_ASK)
