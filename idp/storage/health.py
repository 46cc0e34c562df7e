"""Whether the database can answer, how it is made, and what time it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, cast, func, literal, select

from idp.storage import revisions, schema
from idp.storage.database import Unavailable
from idp.storage.statement import Statement

if TYPE_CHECKING:
    from idp.storage.database import Connection
    from idp.storage.schema import Store

DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
_ASK = Statement(select(literal(1).label("answer")))
_POSTGRESQL = {
    "time": Statement(
        select(
            cast(func.floor(func.extract("epoch", func.clock_timestamp())), BigInteger).label("now")
        )
    ),
    "read_only": Statement(
        select(func.current_setting("transaction_read_only").label("read_only"))
    ),
    "durability": Statement(
        select(*(func.current_setting(name).label(name) for name in DURABILITY))
    ),
}


async def check(connection: Connection) -> None:
    """Return when the database answers; raises Unavailable otherwise."""
    await connection.one(_ASK)


async def check_writable(connection: Connection) -> None:
    """Return when the database answers and may be written; raises Unavailable otherwise.

    A standby that was not promoted may only be read, and nobody can sign in there. Of a file nobody
    knows before it is written.
    """
    if connection.dialect == "sqlite":
        await connection.one(_ASK)
        return
    row = await connection.one(_POSTGRESQL["read_only"])
    if row is None or row["read_only"] != "off":
        raise Unavailable("read-only")


async def time(connection: Connection) -> int | None:
    """Return the time of the database server, epoch seconds; None where it has no clock of its own.

    Raises Unavailable.
    """
    if connection.dialect == "sqlite":
        return None
    row = await connection.one(_POSTGRESQL["time"])
    return None if row is None else row["now"]


async def durability(connection: Connection) -> dict[str, str]:
    """Return the settings of a database server that keep what was committed; {} for a file.

    Raises Unavailable.
    """
    if connection.dialect == "sqlite":
        return {}
    row = await connection.one(_POSTGRESQL["durability"])
    return {} if row is None else {name: row[name] for name in DURABILITY}


class Revision:
    """Which revision a database is at, asked by a server that runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest = schema.newest(store)
        table = revisions.version_rows(store)
        self._ask = Statement(select(table.c.version_num))
        self._ask_all = Statement(select(table))

    async def serves(self, connection: Connection) -> bool:
        """Tell whether this code can serve the database; raises Unavailable."""
        row = await connection.one(self._ask)
        found = None if row is None else row["version_num"]
        if found == self._newest or found in schema.known(self._store):
            return bool(found == self._newest)
        row = await connection.one(self._ask_all)  # of a newer version, which notes a floor
        floor = None if row is None else row["floor"]
        return revisions.is_ahead(self._store, revisions.Standing(found, floor))
