"""Clients that were removed: people still have pseudonyms, consents and activity there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import former_clients

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_REMEMBERED = ("sector", "names", "resource", "resource_scopes")
_insert = postgresql_insert(former_clients).values(
    client_id=bindparam("client_id"), **{name: bindparam(name) for name in _REMEMBERED}
)
_PUT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[former_clients.c.client_id],
        set_={name: _insert.excluded[name] for name in _REMEMBERED},
    )
)
# A range, where an index serves: SQLite looks for what is not null from row to row.
_RESOURCE_SERVERS = Statement(select(former_clients).where(former_clients.c.resource > literal("")))
_ALL = Statement(select(former_clients).order_by(former_clients.c.client_id))


@dataclass(frozen=True, slots=True)
class FormerClient:
    """The columns of a client that leaves.

    ``names`` is a JSON object from language to name. ``resource`` and ``resource_scopes`` are what
    it offered as a resource server, the latter as JSON; None where it was none.
    """

    client_id: str
    sector: str
    names: str
    resource: str | None = None
    resource_scopes: str | None = None


async def put(connection: Connection, former: FormerClient) -> None:
    """Remember a client that leaves."""
    await connection.all(_PUT, **asdict(former))


async def resource_servers(connection: Connection) -> list[Row]:
    """Return those that were resource servers."""
    return await connection.all(_RESOURCE_SERVERS)


async def everyone(connection: Connection) -> list[Row]:
    """Return all of them."""
    return await connection.all(_ALL)
