"""Pseudonyms: ``holder_tag → sealed (network ID, person, sector)``, joinable by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from idp.storage.many import among, chunks, either, pair
from idp.storage.statement import Statement
from idp.storage.tables import pseudonyms
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

_OF_HOLDER = either(pseudonyms.c.holder_tag, "of_holder")
_FIND = Statement(select(pseudonyms).where(_OF_HOLDER))
# FOR SHARE: a renewal waits for this login and sees its grant, or this login sees the new ID.
_HOLD = Statement(select(pseudonyms).where(_OF_HOLDER).with_for_update(read=True))
_BY_NETWORK_ID = Statement(
    select(pseudonyms).where(either(pseudonyms.c.network_id_tag, "of_network_id"))
)
_OF_HOLDERS = Statement(select(pseudonyms).where(among(pseudonyms.c.holder_tag)))
# "ON CONFLICT DO NOTHING" is spelled alike by both dialects: racing nodes draw one ID, not two.
_ADD = Statement(
    insert(pseudonyms)
    .values(
        holder_tag=bindparam("holder_tag"),
        network_id_tag=bindparam("network_id_tag"),
        row_id=bindparam("row_id"),
        facts_sealed=bindparam("facts_sealed"),
    )
    .ext(on_conflict_do_nothing())
    .returning(pseudonyms.c.row_id)
)
_REPLACE = Statement(
    pseudonyms.update()
    .where(
        pseudonyms.c.holder_tag == bindparam("of_holder"),
        pseudonyms.c.network_id_tag == bindparam("old_network_id_tag"),
    )
    .values(
        network_id_tag=bindparam("new_network_id_tag"), facts_sealed=bindparam("new_facts_sealed")
    )
    .returning(pseudonyms.c.row_id)
)
_REMOVE = Statement(pseudonyms.delete().where(among(pseudonyms.c.holder_tag)))


async def find(connection: Connection, *holder_tags: bytes) -> Row | None:
    """Return the holder's pseudonym in the sector of the tags, or None before the first Allow."""
    return await connection.one(_FIND, **pair("of_holder", holder_tags))


async def hold(connection: Connection, *holder_tags: bytes) -> Row | None:
    """Return what ``find`` does; nobody renews or moves it until the transaction ends."""
    return await connection.one(_HOLD, **pair("of_holder", holder_tags))


async def by_network_id(connection: Connection, *network_id_tags: bytes) -> Row | None:
    """Return the pseudonym with this network ID, or None."""
    return await connection.one(_BY_NETWORK_ID, **pair("of_network_id", network_id_tags))


async def of_holders(connection: Connection, holder_tags: Sequence[bytes]) -> list[Row]:
    """Return every pseudonym under any of ``holder_tags``, in no order."""
    found = [await connection.all(_OF_HOLDERS, **some) for some in chunks(holder_tags)]
    return [row for rows in found for row in rows]


async def add(
    connection: Connection,
    *,
    holder_tag: bytes,
    network_id_tag: bytes,
    row_id: bytes,
    facts_sealed: bytes,
) -> bool:
    """Insert a pseudonym; False when the holder already has one here, or the ID is taken."""
    row = await connection.one(
        _ADD,
        holder_tag=holder_tag,
        network_id_tag=network_id_tag,
        row_id=row_id,
        facts_sealed=facts_sealed,
    )
    return row is not None


async def replace(
    connection: Connection,
    holder_tag: bytes,
    *,
    old_network_id_tag: bytes,
    new_network_id_tag: bytes,
    facts_sealed: bytes,
) -> bool:
    """Give the holder another network ID where they still have the old one; else False."""
    row = await connection.one(
        _REPLACE,
        of_holder=holder_tag,
        old_network_id_tag=old_network_id_tag,
        new_network_id_tag=new_network_id_tag,
        new_facts_sealed=facts_sealed,
    )
    return row is not None


async def remove(connection: Connection, holder_tags: Sequence[bytes]) -> None:
    """Delete every pseudonym under any of ``holder_tags``."""
    for some in chunks(holder_tags):
        await connection.all(_REMOVE, **some)
