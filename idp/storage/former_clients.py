"""Clients that were removed: people still have pseudonyms, consents and activity there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import former_clients

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_REMEMBERED = ("sector", "names", "resource")
_insert = postgresql_insert(former_clients).values(
    client_id=bindparam("client_id"), **{name: bindparam(name) for name in _REMEMBERED}
)
_PUT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[former_clients.c.client_id],
        set_={name: _insert.excluded[name] for name in _REMEMBERED},
    )
)
_RESOURCE_SERVERS = Statement(select(former_clients).where(former_clients.c.resource.is_not(None)))
_ALL = Statement(select(former_clients).order_by(former_clients.c.client_id))


async def put(
    connection: Connection, *, client_id: str, sector: str, names: str, resource: str | None
) -> None:
    """Remember a client that leaves; ``names`` is a JSON object from language to name.

    ``resource`` is what it offered as a resource server, as JSON, or None.
    """
    await connection.all(_PUT, client_id=client_id, sector=sector, names=names, resource=resource)


async def resource_servers(connection: Connection) -> list[Row]:
    """Return those that were resource servers."""
    return await connection.all(_RESOURCE_SERVERS)


async def everyone(connection: Connection) -> list[Row]:
    """Return all of them."""
    return await connection.all(_ALL)
