"""Registered clients: metadata as a document, secrets as digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, literal, select

from idp.storage.statement import Statement
from idp.storage.tables import clients
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(insert(clients).ext(on_conflict_do_nothing()).returning(clients.c.client_id))
_SELECT = select(
    clients.c.client_id,
    clients.c.metadata,
    clients.c.secret_digest,
    clients.c.logo.is_not(None).label("has_logo"),
    clients.c.created_at,
    clients.c.next_secret_digest,
    clients.c.origin,
    clients.c.registration_digest,
    clients.c.disabled_at,
    clients.c.old_secret_until,
)
_FIND = Statement(_SELECT.where(clients.c.client_id == bindparam("wanted_id")))
_ALL = Statement(_SELECT.order_by(clients.c.created_at, clients.c.client_id))
_RESOURCE_SERVERS = Statement(
    _SELECT.where(clients.c.resource > literal("")).order_by(
        clients.c.created_at, clients.c.client_id
    )
)
_LOGO = Statement(select(clients.c.logo).where(clients.c.client_id == bindparam("wanted_id")))
_REMOVE = Statement(
    clients.delete()
    .where(clients.c.client_id == bindparam("wanted_id"))
    .returning(clients.c.client_id)
)
# By the token too: what was read to make the new metadata is still what is replaced.
_REPLACE = Statement(
    clients.update()
    .where(
        clients.c.client_id == bindparam("wanted_id"),
        clients.c.registration_digest == bindparam("wanted_digest"),
    )
    .values(metadata=bindparam("metadata"), logo=bindparam("logo"))
    .returning(clients.c.client_id)
)
# By the metadata too: what was compared with the new metadata is still what is replaced.
_CHANGE = Statement(
    clients.update()
    .where(
        clients.c.client_id == bindparam("wanted_id"),
        clients.c.metadata == bindparam("old_metadata"),
    )
    .values(metadata=bindparam("metadata"), logo=bindparam("logo"), resource=bindparam("resource"))
    .returning(clients.c.client_id)
)
_SET_SECRET = Statement(
    clients.update()
    .where(clients.c.client_id == bindparam("wanted_id"))
    .values(secret_digest=bindparam("new_digest"), next_secret_digest=None, old_secret_until=None)
)
# Whichever secret is the newer one stays, and the new one joins it: never more than two.
_ROTATE_SECRET = Statement(
    clients.update()
    .where(clients.c.client_id == bindparam("wanted_id"), clients.c.secret_digest.is_not(None))
    .values(
        secret_digest=func.coalesce(clients.c.next_secret_digest, clients.c.secret_digest),
        next_secret_digest=bindparam("new_digest"),
        old_secret_until=bindparam("old_until"),
    )
    .returning(clients.c.client_id)
)
_RETIRE_SECRET = Statement(
    clients.update()
    .where(clients.c.client_id == bindparam("wanted_id"), clients.c.next_secret_digest.is_not(None))
    .values(
        secret_digest=clients.c.next_secret_digest, next_secret_digest=None, old_secret_until=None
    )
    .returning(clients.c.client_id)
)
_DISABLE = Statement(
    clients.update()
    .where(clients.c.client_id == bindparam("wanted_id"), clients.c.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
    .returning(clients.c.client_id)
)
_ENABLE = Statement(
    clients.update()
    .where(clients.c.client_id == bindparam("wanted_id"), clients.c.disabled_at.is_not(None))
    .values(disabled_at=None)
    .returning(clients.c.client_id)
)


async def add(connection: Connection, **columns: Any) -> bool:
    """Insert a client, every column given; False when its id or its resource is taken."""
    return await connection.one(_ADD, **columns) is not None


async def find(connection: Connection, client_id: str) -> Row | None:
    """Return the client's row without its logo, or None."""
    return await connection.one(_FIND, wanted_id=client_id)


async def everyone(connection: Connection) -> list[Row]:
    """Return all clients, oldest first."""
    return await connection.all(_ALL)


async def resource_servers(connection: Connection) -> list[Row]:
    """Return the clients that are resource servers, oldest first."""
    return await connection.all(_RESOURCE_SERVERS)


async def logo(connection: Connection, client_id: str) -> bytes | None:
    """Return the PNG of the client's logo, or None."""
    row = await connection.one(_LOGO, wanted_id=client_id)
    return None if row is None else row["logo"]


async def remove(connection: Connection, client_id: str) -> bool:
    """Delete a client; False when there is none by this id."""
    return await connection.one(_REMOVE, wanted_id=client_id) is not None


async def rotate_secret(
    connection: Connection, client_id: str, digest: bytes, *, old_until: int | None
) -> bool:
    """Add a second live secret in place of the oldest; False when the client has none at all.

    The one that stays beside it ends at ``old_until`` (epoch seconds), or by ``retire_secret``.
    """
    found = await connection.one(
        _ROTATE_SECRET, wanted_id=client_id, new_digest=digest, old_until=old_until
    )
    return found is not None


async def disable(connection: Connection, client_id: str, *, now: int) -> bool:
    """Disable a client since ``now``; False when it is disabled already, or is not there."""
    return await connection.one(_DISABLE, wanted_id=client_id, now=now) is not None


async def enable(connection: Connection, client_id: str) -> bool:
    """Undo ``disable``; False when there is nothing to undo."""
    return await connection.one(_ENABLE, wanted_id=client_id) is not None


async def retire_secret(connection: Connection, client_id: str) -> bool:
    """Leave the newest secret alone; False when there is only one."""
    return await connection.one(_RETIRE_SECRET, wanted_id=client_id) is not None


async def replace(
    connection: Connection, client_id: str, digest: bytes, *, metadata: str, logo: bytes | None
) -> bool:
    """Replace the metadata of a client that ``digest`` manages; False when there is none."""
    found = await connection.one(
        _REPLACE, wanted_id=client_id, wanted_digest=digest, metadata=metadata, logo=logo
    )
    return found is not None


async def change(
    connection: Connection, client_id: str, *, old_metadata: str, **columns: Any
) -> bool:
    """Change ``metadata``, ``logo``, ``resource``; False when the metadata are not the old ones."""
    found = await connection.one(_CHANGE, wanted_id=client_id, old_metadata=old_metadata, **columns)
    return found is not None


async def set_secret(connection: Connection, client_id: str, digest: bytes | None) -> None:
    """Give a client its only secret, or take every secret away."""
    await connection.all(_SET_SECRET, wanted_id=client_id, new_digest=digest)
