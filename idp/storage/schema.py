"""Migrations: which revision a database is at, and how it gets to the newest (Alembic)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, func, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import URL, Connection

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_MIGRATING = 0x6E69_6D67  # any number, the same on every node


class Store(StrEnum):
    """The two databases, each with a line of migrations of its own."""

    PROVIDER = "provider"
    ENROLMENT = "enrolment"


def newest(store: Store) -> str:
    """Return the revision this code needs."""
    head = ScriptDirectory.from_config(_config(store)).get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations for {store}")
    return head


def current(store: Store, url: str) -> str | None:
    """Return the revision the database is at, or None before the first migration."""
    if _is_missing_file(url):
        return None  # to ask SQLite would make the file
    found: list[str | None] = []

    def read(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"version_table": _table(store)})
        found.append(context.get_current_revision())

    _run(url, read)
    return found[0]


def upgrade(store: Store, url: str) -> None:
    """Bring the database to the newest revision; does nothing when it is there."""
    config = _config(store)

    def migrate(connection: Connection) -> None:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = _table(store)
        command.upgrade(config, "head")

    _run(url, migrate)


def _is_missing_file(url: str) -> bool:
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in {None, ":memory:"}
    return is_file and not Path(str(parsed.database)).exists()


def _config(store: Store) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / store.value))
    config.set_main_option("path_separator", "os")
    return config


def _table(store: Store) -> str:
    # Of its own for each store, so that both may live in one database.
    return f"{store.value}_revision"


def _run(url: str, work: Callable[[Connection], None]) -> None:
    """Run ``work`` in one transaction, after whoever else is migrating; all of it, or nothing."""
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            _run_on_file(parsed, work)
        else:
            # On a thread of its own: a server's factory runs within an event loop already.
            with ThreadPoolExecutor(max_workers=1) as thread:
                thread.submit(asyncio.run, _run_on_server(parsed, work)).result()
    except (DBAPIError, OSError) as error:
        raise Unavailable(type(error).__name__) from error


def _run_on_file(url: URL, work: Callable[[Connection], None]) -> None:
    # Left to itself the driver commits before each change of a table: half a migration would stay.
    engine = create_engine(url, connect_args={"isolation_level": None}, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        work(connection)


async def _run_on_server(url: URL, work: Callable[[Connection], None]) -> None:
    driver = url.set(drivername="postgresql+asyncpg")
    async with create_async_engine(driver, poolclass=NullPool).begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        await connection.run_sync(work)
