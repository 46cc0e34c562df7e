"""Clients that were removed: people still have pseudonyms, consents and activity there.

One by the same id may come back in another sector and leave again. Then both sectors stay known,
or what people have in the first one could neither be seen nor taken back, nor leave with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Text, bindparam, insert, literal, select

from idp.storage.statement import Statement
from idp.storage.tables import former_clients
from idp.storage.upsert import excluded, on_conflict_do_nothing, on_conflict_do_update

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_REMEMBERED = ("sector", "names", "resource", "resource_scopes")
_excluded = excluded(former_clients)
_insert = insert(former_clients).values(
    client_id=bindparam("client_id"), **{name: bindparam(name) for name in _REMEMBERED}
)
_PUT = Statement(
    _insert.ext(
        on_conflict_do_update(
            former_clients.c.client_id, {name: _excluded[name] for name in _REMEMBERED}
        )
    )
)
_BEFORE = "\n"  # no id has it: what stands before it is the id of a client, after it its sector
_earlier = select(
    former_clients.c.client_id + literal(_BEFORE, Text) + former_clients.c.sector,
    *(former_clients.c[name] for name in _REMEMBERED),
).where(
    former_clients.c.client_id == bindparam("client_id"),
    former_clients.c.sector != bindparam("sector"),
)
_KEEP_EARLIER = Statement(
    insert(former_clients)
    .from_select(["client_id", *_REMEMBERED], _earlier)
    .ext(on_conflict_do_nothing())
)
# A range, where an index serves: SQLite looks for what is not null from row to row.
_RESOURCE_SERVERS = Statement(select(former_clients).where(former_clients.c.resource > literal("")))
_ALL = Statement(select(former_clients).order_by(former_clients.c.client_id))


class FormerClient(Struct, frozen=True):
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
    """Remember a client that leaves; in a transaction of the caller's."""
    await connection.all(_KEEP_EARLIER, client_id=former.client_id, sector=former.sector)
    await connection.all(_PUT, **asdict(former))


def id_of(row: Row) -> str:
    """Return the id of the client that a row is about: of one by an id there may be several."""
    return str(row["client_id"]).partition(_BEFORE)[0]


async def resource_servers(connection: Connection) -> list[Row]:
    """Return those that were resource servers."""
    return await connection.all(_RESOURCE_SERVERS)


async def everyone(connection: Connection) -> list[Row]:
    """Return all of them; of those by one id the last to leave comes first."""
    return await connection.all(_ALL)
