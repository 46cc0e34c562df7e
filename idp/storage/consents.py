"""Consents: what a network ID's holder allowed one client, until which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import consents

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_FIND = Statement(
    select(consents.c["items"], consents.c.expires_day).where(
        consents.c.network_id == bindparam("of_network_id"),
        consents.c.client_id == bindparam("to_client"),
    )
)
_insert = postgresql_insert(consents).values(
    network_id=bindparam("network_id"),
    client_id=bindparam("client_id"),
    items=bindparam("items"),
    expires_day=bindparam("expires_day"),
)
_PUT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[consents.c.network_id, consents.c.client_id],
        set_={"items": _insert.excluded["items"], "expires_day": _insert.excluded.expires_day},
    )
)
_KEY = (consents.c.network_id, consents.c.client_id)
_PRUNE = Statement(
    consents.delete()
    .where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(consents.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(consents.c.client_id)
)


async def find(connection: Connection, *, network_id: str, client_id: str) -> Row | None:
    """Return ``items`` (space-separated, sorted) and ``expires_day``, or None."""
    return await connection.one(_FIND, of_network_id=network_id, to_client=client_id)


async def put(
    connection: Connection, *, network_id: str, client_id: str, items: str, expires_day: int
) -> None:
    """Remember a consent in the place of an older one."""
    await connection.all(
        _PUT, network_id=network_id, client_id=client_id, items=items, expires_day=expires_day
    )


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Delete at most ``batch`` consents that ended before the day ``today``; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
