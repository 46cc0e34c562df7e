"""Which databases this code can serve: its own newest revision, and newer ones that only expand.

Rules in prose. Servers of two versions run beside each other while a new one is rolled out, on one
database. So a schema changes in steps: one release expands it (new tables, new columns that may be
left out), a later one contracts it (what nobody needs any more goes), when no server of before is
left. Each migration says which it is: ``contracts`` is False when whatever the code before it does
goes on working after it.

A database remembers its ``floor``: the last of its revisions that contracts. Code that knows the
floor knows everything that was taken away; the revisions beyond, which it does not know, have only
added. So an older server starts and stays ready on a newer database when it knows the floor.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from sqlalchemy import (
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    column,
    func,
    inspect,
    select,
    table,
    update,
)

from idp.storage import schema
from idp.storage.connect import connect
from idp.storage.database import Unavailable
from idp.storage.pool import Limits
from idp.storage.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection

    from idp.storage.schema import Store

_VERSION: Final = "version_num"
_FLOOR: Final = "floor"


class Standing(Struct, frozen=True):
    """Where a database stands; ``floor`` is None where no version that knows floors migrated it."""

    found: str | None
    floor: str | None


def serves(store: Store, standing: Standing) -> bool:
    """Tell whether this code can serve a database that stands there."""
    ours = schema.known(store)
    return standing.found == ours[0] or is_ahead(store, standing)


def is_ahead(store: Store, standing: Standing) -> bool:
    """Tell whether a database is newer than this code, and serves it all the same."""
    ours = schema.known(store)
    newer = standing.found is not None and standing.found > ours[0]  # each begins with its number
    return newer and standing.floor in ours


def contracts(store: Store, revision: str) -> bool:
    """Tell whether a revision takes something away that the code before it needs."""
    return bool(schema.script(store).get_revision(revision).module.contracts)


def version_rows(store: Store) -> Table:
    """Return Alembic's own table, of which it says neither keys nor types, with our column."""
    name = schema.version_table(store)
    return Table(name, MetaData(), Column(_VERSION, Text), Column(_FLOOR, Text))


def standing(store: Store, url: str) -> Standing:
    """Return where a database stands; raises Unavailable."""
    if schema.is_missing_file(url):
        return Standing(None, None)  # to ask SQLite would make the file
    if url.startswith("sqlite:"):
        return _standing_of_file(store, url)
    # On a thread of its own: a server's factory runs within an event loop already. And not by
    # ``schema.run``: the ORM, which that brings, would stay in the memory of every server.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _ask_server(store, url)).result()


def _standing_of_file(store: Store, url: str) -> Standing:
    found: list[Standing] = []

    def read(connection: Connection) -> None:
        rows = version_rows(store)
        inspector = inspect(connection)
        if rows.name not in inspector.get_table_names():
            found.append(Standing(None, None))
            return
        there = {column["name"] for column in inspector.get_columns(rows.name)}
        row = connection.execute(_look(rows, there)).first()
        found.append(_standing({} if row is None else row._asdict()))

    schema.run(url, read, writes=False)
    return found[0]


async def _ask_server(store: Store, url: str) -> Standing:
    rows = version_rows(store)
    from asyncpg import PostgresError  # noqa: PLC0415 - see connect.py

    # No statement with a name: a pooler may stand in between, and what it lets pass is not known.
    database = connect(url, limits=Limits(connections=1, prepared=False))
    try:
        await database.open()
        there = {row["attname"] for row in await database.all(_columns(), name=rows.name)}
        row = await database.one(Statement(_look(rows, there))) if there else None
    except PostgresError as error:  # its text may hold anything
        raise Unavailable(type(error).__name__) from error
    finally:
        await database.close()
    told = there.intersection((_VERSION, _FLOOR))
    return _standing({} if row is None else {name: row[name] for name in told})


def _columns() -> Statement:
    # Asked once, at the start: none of the statements that each request waits for.
    return Statement(
        select(column("attname"))
        .select_from(table("pg_attribute"))
        .where(column("attrelid") == func.to_regclass(bindparam("name", type_=Text)))
    )


def _look(rows: Table, there: Container[str]) -> Select[Any]:
    return select(*(column for column in rows.columns if column.name in there))


def _standing(row: Mapping[str, str | None]) -> Standing:
    return Standing(row.get(_VERSION), row.get(_FLOOR))


def note_floor(store: Store, connection: Connection) -> None:
    """Write the floor of a database that has just been migrated, in the same transaction."""
    from alembic.operations import Operations  # noqa: PLC0415 - see schema.py
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - the same

    rows = version_rows(store)
    at = connection.scalar(select(rows.c.version_num))
    if at is None:
        return
    there = {column["name"] for column in inspect(connection).get_columns(rows.name)}
    if _FLOOR not in there:
        change = Operations(MigrationContext.configure(connection))
        change.add_column(rows.name, Column(_FLOOR, Text))
    passed = [one.revision for one in schema.script(store).iterate_revisions(at, "base")]
    floor = next((one for one in passed if contracts(store, one)), passed[-1])
    connection.execute(update(rows).values({_FLOOR: floor}))
