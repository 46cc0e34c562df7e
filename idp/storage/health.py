"""Whether the database can answer, how it is made, and what time it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, cast, func, literal, select

from idp.storage.schema import version_table
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
    "durability": Statement(
        select(*(func.current_setting(name).label(name) for name in DURABILITY))
    ),
}


async def check(connection: Connection) -> None:
    """Return when the database answers; raises Unavailable otherwise."""
    await connection.one(_ASK)


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
        # Alembic's own table, of which it says neither keys nor types to anybody else.
        table = Table(version_table(store), MetaData(), Column("version_num", Text))
        self._ask = Statement(select(table.c.version_num))

    async def current(self, connection: Connection) -> str | None:
        """Return it, or None before the first; raises Unavailable."""
        row = await connection.one(self._ask)
        return None if row is None else row["version_num"]
