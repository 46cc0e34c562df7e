"""The same storage tests on SQLite and on PostgreSQL: every `database` fixture comes twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
import pytest
import pytest_asyncio

from idp.storage import schema, tables
from idp.storage.connect import connect
from idp.storage.database import Database
from idp.storage.pool import Limits
from idp.storage.sqlite import Sqlite
from tests.support import ready_made

DIALECTS: Final = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class Opening(Protocol):
    """Opens a database as one more node would."""

    async def __call__(self, url: str, limits: Limits | None = None) -> Database: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance keeps its two stores, both migrated and empty."""

    dialect: str
    provider: str
    enrolment: str


def sqlite_place(folder: Path) -> Place:
    place = Place(
        "sqlite", f"sqlite:///{folder / 'provider.db'}", f"sqlite:///{folder / 'enrolment.db'}"
    )
    ready_made.database(schema.Store.PROVIDER, place.provider)
    ready_made.database(schema.Store.ENROLMENT, place.enrolment)
    return place


@pytest.fixture(scope="module")
def migrated_postgres_url(postgres_url: str) -> str:
    """A PostgreSQL database with the tables of both stores."""
    ready_made.database(schema.Store.PROVIDER, postgres_url)
    ready_made.database(schema.Store.ENROLMENT, postgres_url)
    return postgres_url


@pytest.fixture
def postgres_place(migrated_postgres_url: str) -> Place:
    asyncio.run(_empty(migrated_postgres_url))
    return Place("postgresql", migrated_postgres_url, migrated_postgres_url)


@pytest.fixture(params=DIALECTS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    found: Place = request.getfixturevalue("postgres_place")
    return found


@pytest_asyncio.fixture
async def open_node() -> AsyncIterator[Opening]:
    """Open connections as one more node would; they close with the test."""
    opened: list[Database] = []

    async def opening(url: str, limits: Limits | None = None) -> Database:
        node = connect(url, durable=False, limits=limits)
        await node.open()
        opened.append(node)
        return node

    yield opening
    for node in opened:
        await node.close()


@pytest_asyncio.fixture
async def one_file(tmp_path: Path) -> AsyncIterator[Sqlite]:
    """The provider's store in a file, as one server has it."""
    await asyncio.to_thread(sqlite_place, tmp_path)
    database = Sqlite(str(tmp_path / "provider.db"), durable=False)
    await database.open()
    yield database
    await database.close()


@pytest_asyncio.fixture
async def database(place: Place, open_node: Opening) -> Database:
    """The provider's store."""
    return await open_node(place.provider)


@pytest_asyncio.fixture
async def store(place: Place, open_node: Opening) -> Database:
    """The enrolment store."""
    return await open_node(place.enrolment)


@pytest_asyncio.fixture
async def nodes(place: Place, open_node: Opening) -> list[Database]:
    """Three nodes of one instance."""
    return [await open_node(place.provider) for _ in range(3)]


async def _empty(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    names = [*tables.provider.tables, *tables.enrolment.tables]
    # Not TRUNCATE, which makes a file anew for each table and index: most hold nothing.
    deletions = "; ".join(f"DELETE FROM {name}" for name in names)  # noqa: S608 - our own
    await connection.execute(
        f"SET session_replication_role = replica; BEGIN; LOCK TABLE {', '.join(names)}; "
        f"{deletions}; COMMIT"
    )
    await connection.close()
