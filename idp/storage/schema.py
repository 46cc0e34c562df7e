"""Migrations: which revision a database is at, and how it gets to the newest (Alembic)."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


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
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed)
            with engine.begin() as connection:
                work(connection)
            engine.dispose()
        else:
            asyncio.run(_run_async(url, work))
    except (DBAPIError, OSError) as error:
        raise Unavailable(type(error).__name__) from error


async def _run_async(url: str, work: Callable[[Connection], None]) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()
