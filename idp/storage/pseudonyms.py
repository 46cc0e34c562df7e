"""Pseudonyms: ``(sector, holder_tag) → network_id``, joinable by nobody without the link key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import pseudonyms

if TYPE_CHECKING:
    from idp.storage.database import Connection

_FIND = Statement(
    select(pseudonyms.c.network_id).where(
        pseudonyms.c.sector == bindparam("in_sector"),
        pseudonyms.c.holder_tag == bindparam("of_holder"),
    )
)
# "ON CONFLICT DO NOTHING" is spelled alike by both dialects: racing nodes draw one ID, not two.
_ADD = Statement(
    postgresql_insert(pseudonyms)
    .values(
        sector=bindparam("sector"),
        holder_tag=bindparam("holder_tag"),
        network_id=bindparam("network_id"),
        row_id=bindparam("row_id"),
        person_sealed=bindparam("person_sealed"),
    )
    .on_conflict_do_nothing()
    .returning(pseudonyms.c.network_id)
)


async def find(connection: Connection, *, sector: str, holder_tag: bytes) -> str | None:
    """Return the network ID of the holder in the sector, or None before the first Allow."""
    row = await connection.one(_FIND, in_sector=sector, of_holder=holder_tag)
    return None if row is None else str(row["network_id"])


async def add(
    connection: Connection,
    *,
    sector: str,
    holder_tag: bytes,
    network_id: str,
    row_id: bytes,
    person_sealed: bytes,
) -> bool:
    """Insert a pseudonym; False when the holder already has one here, or the ID is taken."""
    row = await connection.one(
        _ADD,
        sector=sector,
        holder_tag=holder_tag,
        network_id=network_id,
        row_id=row_id,
        person_sealed=person_sealed,
    )
    return row is not None
