"""Migrations: which revision a database is at, and how it gets to the newest (Alembic).

Alembic, with all that it brings, is a sixth of what a server process would hold in memory, and of
its start. A server only compares two names of revisions, so Alembic is imported where it migrates.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.schema import DropTable

from idp.storage import tables
from idp.storage.database import Unavailable
from idp.storage.sqlite_errors import is_busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy.engine import URL, Connection

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_MIGRATING = 0x6E69_6D67  # any number, the same on every node
_FILE_SECONDS = 10.0  # for a lock on a file that another process holds
_TRIES, _PAUSE_SECONDS = 3, 0.2


class Store(StrEnum):
    """The two databases, each with a line of migrations of its own."""

    PROVIDER = "provider"
    ENROLMENT = "enrolment"


KNOWN = {Store.PROVIDER: tables.provider, Store.ENROLMENT: tables.enrolment}


def script(store: Store) -> ScriptDirectory:
    """Return the migrations of a store."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    return ScriptDirectory.from_config(_config(store))


def known(store: Store) -> tuple[str, ...]:
    """Return the revisions that this code knows, the newest first; each is a file of its name."""
    files = (MIGRATIONS / store.value).glob("[0-9]*.py")
    return tuple(sorted((file.stem for file in files), reverse=True))


def newest(store: Store) -> str:
    """Return the newest revision that this code knows."""
    return known(store)[0]


def pending(store: Store, found: str | None) -> list[tuple[str, str]]:
    """Return each revision after ``found`` with what it brings, in the order they are run.

    Raises ValueError for a revision that this code does not know.
    """
    from alembic.script.revision import RevisionError  # noqa: PLC0415 - see above

    try:
        steps = list(script(store).iterate_revisions("head", found or "base"))
    except RevisionError:
        raise ValueError(f"{found} is of a newer version of this program") from None
    return [(step.revision, step.doc) for step in reversed(steps)]


def current(store: Store, url: str) -> str | None:
    """Return the revision the database is at, or None before the first migration."""
    if is_missing_file(url):
        return None  # to ask SQLite would make the file
    found: list[str] = []

    def read(connection: Connection) -> None:
        table = Table(version_table(store), MetaData(), Column("version_num", Text))
        if inspect(connection).has_table(table.name):
            found.extend(connection.scalars(select(table.c.version_num)))

    run(url, read, writes=False)
    return found[0] if found else None


def shapes(store: Store, url: str) -> list[Table]:
    """Return the tables that the database has, as they are at its revision.

    In an order in which rows can be inserted. Tables that are not ours are passed over, and that
    of changes, which goes on by itself.
    """
    found: list[Table] = []

    def look(connection: Connection) -> None:
        inspector = inspect(connection)
        present = set(inspector.get_table_names())
        for table in KNOWN[store].sorted_tables:
            if table.name in present and table is not tables.changes:
                columns = inspector.get_columns(table.name)
                of_type = [Column(column["name"], column["type"]) for column in columns]
                found.append(Table(table.name, MetaData(), *of_type))

    run(url, look, writes=False)
    return found


def erase(store: Store, url: str) -> None:
    """Drop every table of the store, with its revision: the next ``upgrade`` begins anew."""

    def drop(connection: Connection) -> None:
        present = set(inspect(connection).get_table_names())
        for table in reversed(KNOWN[store].sorted_tables):
            if table.name in present:
                connection.execute(DropTable(table))
        if version_table(store) in present:
            connection.execute(DropTable(Table(version_table(store), MetaData())))

    run(url, drop)


def upgrade(store: Store, url: str, to: str = "head") -> None:
    """Bring the database to the newest revision, or up to ``to``; does nothing when it is there."""
    from alembic import command  # noqa: PLC0415 - see above

    config = _config(store)

    def migrate(connection: Connection) -> None:
        config.attributes["connection"] = connection
        config.attributes["store"] = store
        command.upgrade(config, to)

    run(url, migrate)


def is_missing_file(url: str) -> bool:
    """Tell whether a database is a file that is not there yet."""
    if not url.startswith("sqlite:"):
        return False
    file = make_url(url).database
    return file not in {None, ":memory:"} and not Path(str(file)).exists()


def _config(store: Store) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / store.value))
    config.set_main_option("path_separator", "os")
    return config


def version_table(store: Store) -> str:
    """Return the table that holds the revision."""
    # Of its own for each store, so that both may live in one database.
    return f"{store.value}_revision"


def run(url: str, work: Callable[[Connection], None], *, writes: bool = True) -> None:
    """Run ``work`` in one transaction, all of it or nothing; what ``writes`` waits for its turn."""
    try:
        if url.startswith("sqlite:"):
            _run_on_file(make_url(url), work, writes=writes)
        else:
            # On a thread of its own: a server's factory runs within an event loop already.
            with ThreadPoolExecutor(max_workers=1) as thread:
                job = _run_on_server(url, work, writes=writes)
                thread.submit(asyncio.run, job).result()
    except (DBAPIError, OSError) as error:
        raise Unavailable(_told(error)) from error


def _told(error: DBAPIError | OSError) -> str:
    # Its type and SQLite's own name of it: a text may hold the URL with its password.
    driver = getattr(error, "orig", None) or error
    name = getattr(driver, "sqlite_errorname", None)
    return " ".join(filter(None, (type(driver).__name__, name)))


def _run_on_file(url: URL, work: Callable[[Connection], None], *, writes: bool) -> None:
    # Left to itself the driver commits before each change of a table: half a migration would stay.
    given = {"isolation_level": None, "timeout": _FILE_SECONDS}
    engine = create_engine(url, connect_args=given, poolclass=NullPool)
    for tries_left in reversed(range(_TRIES)):
        try:
            with engine.begin() as connection:
                if writes:
                    # Kept in the file: who opens it later finds it so, and need not change it.
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                # To look takes no lock that a server could hold.
                connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
                work(connection)
        except OperationalError as error:
            # While another process recovers the log the driver does not wait by itself.
            if not (tries_left and isinstance(error.orig, sqlite3.Error) and is_busy(error.orig)):
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


async def _run_on_server(url: str, work: Callable[[Connection], None], *, writes: bool) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - it brings the ORM

    # All in one transaction, and no statement with a name: a pooler may stand in between, and would
    # give the name to whoever comes to the same server next. The driver reads the address itself,
    # since it may name several servers.
    unnamed = {"prepared_statement_name_func": str, "prepared_statement_cache_size": 0}
    given = {"dsn": url, "statement_cache_size": 0, **unnamed}
    engine = create_async_engine("postgresql+asyncpg://", connect_args=given, poolclass=NullPool)
    async with engine.begin() as connection:
        if writes:
            await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        await connection.run_sync(work)
