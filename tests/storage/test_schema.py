"""What the migrations make is what the code expects, on both dialects."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from idp.domain.activity import OLD_SLOT, SLOTS
from idp.storage import activity, schema, tables
from idp.storage.database import Unavailable
from idp.storage.schema import Store
from idp.storage.tables.metadata import WHERE

STORES: Final = [(Store.PROVIDER, tables.provider), (Store.ENROLMENT, tables.enrolment)]
DIALECTS: Final = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
PARTITIONS: Final = {activity.partition(slot) for slot in range(OLD_SLOT, SLOTS + 1)}
NewUrl = Callable[[], str]


@pytest.fixture(params=DIALECTS)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Gives the URL of one more empty database."""
    if request.param == "sqlite":
        numbers = iter(range(9))
        return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
    found: NewUrl = request.getfixturevalue("postgres").new_database
    return found


def ask(url: str, question: Callable[[sa.Connection], Any]) -> Any:
    answers: list[Any] = []
    schema.run(url, lambda connection: answers.append(question(connection)))
    return answers[0]


def execute(url: str, sql: str) -> None:
    ask(url, lambda connection: connection.execute(sa.text(sql)))


def differences(url: str, store: Store, metadata: sa.MetaData) -> list[Any]:
    def compare(connection: sa.Connection) -> list[Any]:
        options = {
            "version_table": schema.version_table(store),
            "compare_type": True,
            "include_name": lambda name, *_: name not in PARTITIONS,
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    found: list[Any] = ask(url, compare)
    return found


@pytest.mark.parametrize(("store", "metadata"), STORES, ids=["provider", "enrolment"])
def test_migrations_make_the_tables_of_the_code(
    new_url: NewUrl, store: Store, metadata: sa.MetaData
):
    url = new_url()
    schema.upgrade(store, url)
    assert differences(url, store, metadata) == []


@pytest.mark.parametrize(("store", "metadata"), STORES, ids=["provider", "enrolment"])
def test_primary_keys_nulls_and_cascades_are_those_of_the_code(
    new_url: NewUrl, store: Store, metadata: sa.MetaData
):
    """What Alembic's own comparison leaves out."""
    migrated, created = new_url(), new_url()
    schema.upgrade(store, migrated)
    schema.run(created, metadata.create_all)

    def describe(connection: sa.Connection) -> dict[str, Any]:
        inspector = sa.inspect(connection)
        return {
            name: (
                inspector.get_pk_constraint(name)["constrained_columns"],
                [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
                [
                    (key["constrained_columns"], key["referred_table"], key["options"])
                    for key in inspector.get_foreign_keys(name)
                ],
                sorted(index["column_names"] for index in inspector.get_indexes(name)),
                sorted(u["column_names"] for u in inspector.get_unique_constraints(name)),
            )
            for name in metadata.tables
        }

    assert ask(migrated, describe) == ask(created, describe)


@pytest.mark.parametrize(("store", "metadata"), STORES, ids=["provider", "enrolment"])
def test_an_index_is_confined_to_the_rows_that_the_code_says(
    new_url: NewUrl, store: Store, metadata: sa.MetaData
):
    url = new_url()
    schema.upgrade(store, url)

    def confined(connection: sa.Connection) -> dict[str | None, str]:
        inspector, dialect = sa.inspect(connection), connection.dialect.name
        return {
            index["name"]: str(where)
            for table in metadata.tables
            for index in inspector.get_indexes(table)
            if (where := index.get("dialect_options", {}).get(f"{dialect}_where")) is not None
        }

    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    said = {index.name: index.info[WHERE] for index in indexes if index.info}
    found = ask(url, confined)
    # PostgreSQL spells it in its own way: (state = 'active'::text).
    assert {name: where.strip("()").replace("::text", "") for name, where in found.items()} == said


def test_the_comparison_sees_a_column_too_many(new_url: NewUrl):
    url = new_url()
    schema.upgrade(Store.PROVIDER, url)
    execute(url, "ALTER TABLE people ADD COLUMN name TEXT")
    [(kind, _, table, column)] = differences(url, Store.PROVIDER, tables.provider)
    assert (kind, table, column.name) == ("remove_column", "people", "name")


@pytest.mark.parametrize("store", Store)
def test_an_empty_database_is_at_no_revision_and_then_at_the_newest(new_url: NewUrl, store: Store):
    url = new_url()
    assert schema.current(store, url) is None
    schema.upgrade(store, url)
    assert schema.current(store, url) == schema.newest(store)


def test_migrating_again_changes_nothing_and_keeps_every_row(new_url: NewUrl):
    url = new_url()
    schema.upgrade(Store.PROVIDER, url)
    row = {"digest": b"used", "expires_at": 1}
    ask(url, lambda connection: connection.execute(tables.replays.insert(), row))

    schema.upgrade(Store.PROVIDER, url)

    rows = ask(url, lambda connection: connection.execute(sa.select(tables.replays)).all())
    assert [tuple(found) for found in rows] == [(b"used", 1)]


@pytest.mark.parametrize("first", Store)
def test_both_stores_fit_into_one_database(new_url: NewUrl, first: Store):
    url = new_url()
    second = next(store for store in Store if store is not first)

    schema.upgrade(first, url)
    assert schema.current(second, url) is None
    schema.upgrade(second, url)

    assert {store: schema.current(store, url) for store in Store} == {
        store: schema.newest(store) for store in Store
    }
    found = set(ask(url, lambda connection: sa.inspect(connection).get_table_names()))
    assert found >= set(tables.provider.tables) | set(tables.enrolment.tables)


def test_a_migration_that_fails_half_way_leaves_nothing_and_can_be_run_again(new_url: NewUrl):
    url = new_url()
    execute(url, "CREATE TABLE grants (in_the_way INTEGER)")

    with pytest.raises(Unavailable):
        schema.upgrade(Store.PROVIDER, url)

    assert ask(url, lambda c: sa.inspect(c).get_table_names()) == ["grants"]
    execute(url, "DROP TABLE grants")
    schema.upgrade(Store.PROVIDER, url)
    assert schema.current(Store.PROVIDER, url) == schema.newest(Store.PROVIDER)


def test_nodes_that_migrate_at_once_wait_for_each_other(new_url: NewUrl):
    url = new_url()
    with ThreadPoolExecutor(3) as nodes:
        list(nodes.map(partial(schema.upgrade, Store.PROVIDER), [url] * 3))
    assert schema.current(Store.PROVIDER, url) == schema.newest(Store.PROVIDER)


def test_sqlite_keeps_no_order_of_arrival(tmp_path: Path):
    """DESIGN §4: row numbers would join rows that were written together."""
    file = tmp_path / "both.db"
    for store in Store:
        schema.upgrade(store, f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    for name in {*tables.provider.tables, *tables.enrolment.tables}:
        with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
            connection.execute(f"SELECT rowid FROM {name}")  # noqa: S608 - our own name
    connection.close()


def test_asking_for_the_revision_makes_no_file(tmp_path: Path):
    file = tmp_path / "provider.db"
    assert schema.current(Store.PROVIDER, f"sqlite:///{file}") is None
    assert not file.exists()
