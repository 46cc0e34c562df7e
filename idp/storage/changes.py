"""Which version of what processes keep in memory the database has: triggers of its own count it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from idp.storage.statement import Statement
from idp.storage.tables import changes

if TYPE_CHECKING:
    from idp.storage.database import Connection

_ALL = Statement(select(changes.c.kind, changes.c.version))


async def find(connection: Connection) -> dict[str, int]:
    """Return the version of each kind. Of two that differ something has changed; no more is said.

    A kind of which nothing ever changed may not be there.
    """
    return {row["kind"]: row["version"] for row in await connection.all(_ALL)}
