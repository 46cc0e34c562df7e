"""Every statement finds its rows by an index, whatever the tables grow to."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from idp.storage import schema
from idp.storage.schema import Store
from tests.benchmarks import population
from tests.benchmarks.population import SHAPES, SHORT_LIVED, Shape
from tests.storage.conftest import sqlite_place
from tests.support import ready_made
from tests.support.postgres import Postgres
from tests.support.query_plans import (
    DUMMIES,
    HOT,
    ONLY_POSTGRESQL,
    STATEMENTS,
    WHOLE_TABLE,
    scanned_by_postgresql,
    scanned_by_sqlite,
    sqlite_steps,
)

PEOPLE = 5_000  # a planner's mind is made up by then; `make bench` has 10^6


def crowded(shapes: Iterable[Shape]) -> Iterator[Shape]:
    """With as many events in one slot as there are people: a slot of few is quickly read."""
    for shape in shapes:
        yield (
            replace(shape, columns={**shape.columns, "slot": 1})
            if "slot" in shape.columns
            else shape
        )


def test_every_statement_is_found():
    assert STATEMENTS.keys() > {"grants._REDEEM", "sessions._FIND", "pseudonyms._ADD"}
    assert set(STATEMENTS) >= WHOLE_TABLE


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("plans")
    sqlite_place(folder)
    return folder


@pytest.mark.parametrize("name", sorted(set(HOT) - ONLY_POSTGRESQL))
def test_sqlite_scans_no_table(file: Path, name: str):
    enrolment = name.startswith(("dedup_tags.", "enrolments.", "vouchers."))
    store = "enrolment.db" if enrolment else "provider.db"
    connection = sqlite3.connect(file / store)
    steps = sqlite_steps(connection, name)
    connection.close()
    assert [step for step in steps if step.startswith("SCAN")] == []


@pytest.mark.postgres
@pytest.mark.parametrize("name", HOT)
async def test_postgresql_scans_no_table(migrated_postgres_url: str, name: str):
    plan = await explain(migrated_postgres_url, STATEMENTS[name].compiled("postgresql").sql)
    assert [step for step in plan if "Seq Scan" in step] == []


async def explain(url: str, sql: str) -> list[str]:
    connection: Any = await asyncpg.connect(url)
    try:
        # Small tables are scanned because that is cheaper; what can use no index still would be.
        await connection.execute("SET enable_seqscan = off")
        types = [kind.name for kind in (await connection.prepare(sql)).get_parameters()]
        plan = await connection.fetch(f"EXPLAIN {sql}", *(DUMMIES[kind] for kind in types))
        return [row[0] for row in plan]
    finally:
        await connection.close()


def test_sqlite_scans_nothing_that_grows_once_it_has_grown(tmp_path: Path):
    """With the statistics of it, which may change the planner's mind."""
    file = tmp_path / "provider.db"
    ready_made.database(Store.PROVIDER, f"sqlite:///{file}")
    population.load(f"sqlite:///{file}", 1_000, (*SHAPES, *SHORT_LIVED))
    assert scanned_by_sqlite(str(file)) == set()


@pytest.mark.postgres
async def test_postgresql_scans_nothing_that_grows_once_it_has_grown(postgres: Postgres):
    """As it plans by itself, for the values at hand and for any."""
    url = postgres.new_database()
    schema.upgrade(Store.PROVIDER, url)
    await population.load_server(url, PEOPLE, (*crowded(SHAPES), *SHORT_LIVED))
    assert await scanned_by_postgresql(url) == set()
    connection = await asyncpg.connect(url)
    await connection.execute("DROP INDEX ix_sessions_person_id")
    await connection.close()
    assert ("sessions._OF", "sessions") in await scanned_by_postgresql(url)
