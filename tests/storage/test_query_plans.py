"""Every statement finds its rows by an index, whatever the tables grow to."""

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from idp import storage
from idp.storage.outbox import Outbox
from idp.storage.statement import Statement
from tests.storage.conftest import sqlite_place

# These read a whole table, and are asked at start, by operators or the sweep, or of no table.
WHOLE_TABLE: Final = {
    *("clients._ALL", "people._COUNT", "health._ASK", "former_clients._ALL"),
    *(
        "operators._ALL",
        "operator_passkeys._ALL",
        "closings._SOME",
        "signing_keys._ALL",
        "secret_versions._ALL",
        *("dedup_tags._COUNT", "enrolments._COUNT_OTHERS", "vouchers._COUNT_OTHERS"),
    ),
    *("changes._ALL", "nodes._ALL", "nodes._PRUNE", "proposals._REMOVE_OPEN"),
    # Ten thousand rows of a table that is empty when all is well.
    *("logouts._OUTBOX._backlog", "notices._OUTBOX._backlog"),
}
DUMMIES: Final = {"bytea": b"", "text": "", "varchar": "", "int4": 0, "int8": 0}


def statements() -> dict[str, Statement]:
    modules = [
        importlib.import_module(f"idp.storage.{module.name}")
        for module in pkgutil.iter_modules(storage.__path__)
    ]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": found
        for module in modules
        for name, found in _named(vars(module))
    }


def _named(members: dict[str, object]) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of a module; those of PostgreSQL alone stand in a table of their own."""
    for name, found in members.items():
        if isinstance(found, Statement):
            yield name, found
        if isinstance(found, Outbox):
            yield from _named({f"{name}.{own}": one for own, one in vars(found).items()})
    together = members.get("_POSTGRESQL")
    if isinstance(together, dict):
        for number, found in enumerate(together.values()):
            yield f"_POSTGRESQL[{number}]", found


STATEMENTS: Final = statements()
ONLY_POSTGRESQL: Final = {name for name in STATEMENTS if "[" in name}
HOT: Final = sorted(STATEMENTS.keys() - WHOLE_TABLE)


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
    compiled = STATEMENTS[name].compiled("sqlite")
    connection = sqlite3.connect(file / store)
    steps = [
        row[3]
        for part in (compiled, *compiled.then)
        for row in connection.execute("EXPLAIN QUERY PLAN " + part.sql, [0] * len(part.names))
    ]
    connection.close()
    # "2 constant rows" are those that a statement brings along.
    read = [step for step in steps if "CONSTANT ROW" not in step]
    assert [step for step in read if step.startswith("SCAN")] == []


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
