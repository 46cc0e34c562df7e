"""Sectors whose clients have left: people still have pseudonyms there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import sectors

if TYPE_CHECKING:
    from idp.storage.database import Connection

_ADD = Statement(
    postgresql_insert(sectors).values(sector=bindparam("sector")).on_conflict_do_nothing()
)
_ALL = Statement(select(sectors.c.sector))


async def add(connection: Connection, sector: str) -> None:
    """Remember a sector; does nothing when it is known."""
    await connection.all(_ADD, sector=sector)


async def everyone(connection: Connection) -> list[str]:
    """Return all of them."""
    return [str(row["sector"]) for row in await connection.all(_ALL)]
