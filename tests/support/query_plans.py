"""How each statement of the code would be run by a database: which tables it reads as a whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from idp import storage
from idp.storage.outbox import Outbox
from idp.storage.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    # A slot that goes, once in some days, and a million rows of it at most.
    "activity._POSTGRESQL[2]",
}
# The tables that grow with the people, or with their logins.
GROWING: Final = {
    *("people", "passkeys", "sessions", "pseudonyms", "consents", "activity"),
    *("grants", "replays", "throttles", "pushed_requests", "recovery_codes"),
}
DUMMIES: Final = {"bytea": b"", "text": "", "varchar": "", "int4": 0, "int8": 0}
_LITERALS: Final = {kind: "100" if value == 0 else "''" for kind, value in DUMMIES.items()}
_TIMES: Final = 6
_SCANNED: Final = re.compile(r"Seq Scan on (\w+)")
_SLOT: Final = re.compile(r"_\d+$")
# Reads all grants, page by page, for a command: a few thousand are quicker read at once.
_AT_LEISURE: Final = {"grants._PAGE"}
_LARGE: Final = 1000  # rows of a table, or of a partition, that is not quicker read as a whole


def statements() -> dict[str, Statement]:
    """Return every statement by module and name."""
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
_STORE: Final = ("dedup_tags.", "enrolments.", "vouchers.")  # the other database


def of_the_provider(names: Iterable[str]) -> list[str]:
    """Return those of ``names`` that are not of the enrolment store."""
    return [name for name in names if not name.startswith(_STORE)]


def sqlite_steps(connection: sqlite3.Connection, name: str) -> list[str]:
    """Return the steps in which SQLite would run a statement."""
    compiled = STATEMENTS[name].compiled("sqlite")
    steps = [
        row[3]
        for part in (compiled, *compiled.then)
        for row in connection.execute("EXPLAIN QUERY PLAN " + part.sql, [0] * len(part.names))
    ]
    # "2 constant rows" are those that a statement brings along.
    return [step for step in steps if "CONSTANT ROW" not in step]


def scanned_by_sqlite(path: str) -> set[tuple[str, str]]:
    """Return each hot statement that would scan a table of a provider's database, with the step."""
    connection = sqlite3.connect(path)
    names = of_the_provider(set(HOT) - ONLY_POSTGRESQL)
    found = {
        (name, step)
        for name in names
        for step in sqlite_steps(connection, name)
        if step.startswith("SCAN") and step.split()[1] in GROWING
    }
    connection.close()
    return found


async def scanned_by_postgresql(url: str) -> set[tuple[str, str]]:
    """Return each hot statement that would scan a table that grows, with its name.

    As the planner decides by itself for what is there: at first with the values at hand, and from
    the sixth time on for any values, if it thinks that no dearer.
    """
    connection: Any = await asyncpg.connect(url)
    large = await _large(connection)
    found = set()
    for name in of_the_provider(set(HOT) - _AT_LEISURE):
        sql = STATEMENTS[name].compiled("postgresql").sql
        types = [kind.name for kind in (await connection.prepare(sql)).get_parameters()]
        given = f"({', '.join(_LITERALS[kind] for kind in types)})" if types else ""
        await connection.execute(f"PREPARE one AS {sql}")
        for _ in range(_TIMES):
            plan = await connection.fetch(f"EXPLAIN EXECUTE one{given}")
            found |= {(name, table) for row in plan for table in _SCANNED.findall(row[0])}
        await connection.execute("DEALLOCATE one")
    await connection.close()
    return {(name, table) for name, table in found if table in large}


async def _large(connection: Any) -> set[str]:
    rows = await connection.fetch("SELECT relname FROM pg_class WHERE reltuples >= $1", _LARGE)
    return {row["relname"] for row in rows if _SLOT.sub("", row["relname"]) in GROWING}
