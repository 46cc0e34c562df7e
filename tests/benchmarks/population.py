"""Strangers for the databases of a benchmark: a country around the few hundred who sign in.

Their rows have the lengths that the product's rows have (a test compares them); what is sealed or a
tag is random bytes, as it would look to anybody. They are made where they lie, by the database
itself: PostgreSQL without indexes, which are built afterwards; SQLite with them, as in a life.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from idp.domain.activity import SLOTS
from idp.domain.clock import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHUNK: Final = 25_000  # whose pages the cache of a file holds
_FILLER_BYTES: Final = 1 << 16
_END_DAY: Final = 40_000_000_000 // SECONDS_PER_DAY  # nothing of theirs expires in a benchmark


@dataclass(frozen=True, slots=True)
class Key:
    """Random bytes that no other row has."""

    size: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that look random and need not be found."""

    size: int


@dataclass(frozen=True, slots=True)
class Person:
    """The id of the person that the row is of."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers from ``first`` on, so many different ones."""

    first: int
    count: int


Value = Key | Sealed | Person | Spread | int | str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """The rows of one table; ``each`` says how many of them a person has."""

    table: str
    columns: Mapping[str, Value]
    each: int = 1


SHAPES: Final = (
    Shape(
        "people",
        {
            "id": Person(),
            "status": "active",
            "sandbox": 0,
            "birth_date_sealed": Sealed(50),
            "evidence_sealed": Sealed(546),
            "notice_sealed": None,
            "webauthn_user_id": Key(32),
            "created_day": 20_000,
            "contact_sealed": None,
        },
    ),
    Shape(
        "passkeys",
        {
            "id": Key(16),
            "person_id": Person(),
            "credential_id": Key(32),
            "public_key": Sealed(77),
            "sign_count": 0,
            "backup_eligible": 1,
            "backed_up": 1,
            "created_day": 20_000,
            "hardware": 0,
            "facts_sealed": Sealed(1058),
        },
    ),
    Shape(
        "sessions",
        {
            "digest": Key(32),
            "person_id": Person(),
            "facts_sealed": Sealed(2082),
            "expires_day": _END_DAY,
        },
    ),
    Shape(
        "pseudonyms",
        {
            "holder_tag": Key(32),
            "network_id_tag": Key(32),
            "row_id": Key(16),
            "facts_sealed": Sealed(546),
        },
        each=2,
    ),
    Shape(
        "consents",
        {
            "tag": Key(32),
            "items_tag": Key(32),
            "row_id": Key(16),
            "facts_sealed": Sealed(802),
            "expires_day": _END_DAY,
        },
        each=2,
    ),
    Shape(
        "activity",
        {
            "id": Key(16),
            "tag": Key(32),
            "facts_sealed": Sealed(546),
            "day": Spread(_END_DAY, 90),
            "slot": Spread(1, SLOTS),
        },
    ),
)
# What lives for minutes, more of it than there ever is at once; and codes that people print.
SHORT_LIVED: Final = (
    Shape(
        "grants",
        {
            "id": Key(16),
            "holder_tag": Key(32),
            "consent_tag": Key(32),
            "facts_sealed": Sealed(898),
            "code_used": 1,
            "revoked": 0,
            "expires_at": Spread(_END_DAY * SECONDS_PER_DAY, 1000),
            "chain_sealed": None,
        },
    ),
    Shape("replays", {"digest": Key(32), "expires_at": _END_DAY * SECONDS_PER_DAY}),
    Shape("throttles", {"tag": Key(32), "count": 1, "expires_at": _END_DAY * SECONDS_PER_DAY}),
    Shape(
        "pushed_requests",
        {
            "digest": Key(32),
            "facts_sealed": Sealed(1058),
            "browser_tag": Key(32),
            "expires_at": _END_DAY * SECONDS_PER_DAY,
        },
    ),
    Shape("recovery_codes", {"tag": Key(32), "person_id": Person()}, each=10),
)


MOST_WHOLE: Final = 2_000_000
THIN: Final = 10


def shapes_of(people: int) -> Sequence[Shape]:
    """Return the rows of so many people: whole ones, or thin ones where whole ones fit nowhere.

    Thin are what a login looks into alone, one of each, with a tenth of what is sealed: ten million
    take the room of one million, and their indexes are as deep as ever.
    """
    if people <= MOST_WHOLE:
        return SHAPES
    return [
        replace(
            shape,
            each=1,
            columns={
                name: Sealed(value.size // THIN) if isinstance(value, Sealed) else value
                for name, value in shape.columns.items()
            },
        )
        for shape in SHAPES
        if shape.table not in {"passkeys", "activity"}
    ]


def load(url: str, people: int, shapes: Sequence[Shape] = SHAPES) -> None:
    """Add that many strangers to a provider's database, which nobody else uses meanwhile."""
    if url.startswith("sqlite:///"):
        load_file(url.removeprefix("sqlite:///"), people, shapes)
    else:
        asyncio.run(load_server(url, people, shapes))


def load_file(path: str, people: int, shapes: Sequence[Shape]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    # Without a log each page is written once; a load that breaks off is thrown away.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TEMP TABLE strangers (id BLOB PRIMARY KEY) WITHOUT ROWID")
    for first in range(0, people, CHUNK):
        _chunk_of_file(connection, first, min(CHUNK, people - first), shapes)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _chunk_of_file(
    connection: sqlite3.Connection, first: int, people: int, shapes: Sequence[Shape]
) -> None:
    # Keys come after those of the chunk before: from all over they would change every page again.
    begin = f"{first // CHUNK:04x}"
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM strangers")
    person = _of_file(Key(16), begin)
    connection.execute(
        f"INSERT INTO strangers {count.format(people)} SELECT {person} FROM n"  # noqa: S608 - ours
    )
    for shape in shapes:
        values = ", ".join(_of_file(value, begin) for value in shape.columns.values())
        connection.execute(
            f"INSERT INTO {shape.table} ({', '.join(shape.columns)}) "  # noqa: S608 - our own names
            f"{count.format(shape.each)} SELECT {values} FROM strangers, n"
        )
    connection.execute("COMMIT")


def _of_file(value: Value, begin: str) -> str:
    if isinstance(value, Key):
        return f"CAST(X'{begin}' || randomblob({value.size - len(begin) // 2}) AS BLOB)"
    if isinstance(value, Sealed):
        return f"randomblob({value.size})"
    if isinstance(value, Spread):
        return f"{value.first} + abs(random() % {value.count})"
    return "strangers.id" if isinstance(value, Person) else _literal(value)


async def load_server(url: str, people: int, shapes: Sequence[Shape]) -> None:
    connection: Any = await asyncpg.connect(url)
    tables = [shape.table for shape in shapes]
    await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    built = await _without_indexes(connection, tables)
    filler = os.urandom(_FILLER_BYTES)
    for first in range(0, people, CHUNK):
        last = min(first + CHUNK, people)
        for shape in shapes:
            await connection.execute(_of_server(shape), filler, first, last)
    for sql in built:
        await connection.execute(sql)
    await connection.execute(f"VACUUM ANALYZE {', '.join(tables)}")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _without_indexes(connection: Any, tables: list[str]) -> list[str]:
    """Drop keys and indexes; return what builds them again, in that order."""
    built = []
    for kind in ("f", "u", "p"):  # foreign keys first: they lean on the others
        rows = await connection.fetch(
            "SELECT conrelid::regclass::text AS place, conname, pg_get_constraintdef(oid) AS told"
            " FROM pg_constraint WHERE contype = $1"
            " AND $2 && ARRAY[conrelid::regclass::text, confrelid::regclass::text]",
            kind.encode(),
            tables,
        )
        for row in rows:
            await connection.execute(f"ALTER TABLE {row['place']} DROP CONSTRAINT {row['conname']}")
            valid = " NOT VALID" if kind == "f" else ""
            built.append(
                f"ALTER TABLE {row['place']} ADD CONSTRAINT {row['conname']} {row['told']}{valid}"
            )
    rows = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1)", tables
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['indexname']}")
        built.append(row["indexdef"].replace(" ON ONLY ", " ON "))  # in its partitions too
    return built[::-1]


def _of_server(shape: Shape) -> str:
    values = ", ".join(
        _of_row(value, f"{shape.table}.{name}", shape.each) for name, value in shape.columns.items()
    )
    return (
        f"INSERT INTO {shape.table} ({', '.join(shape.columns)}) SELECT {values} "  # noqa: S608
        f"FROM (SELECT $1::bytea AS filler) AS f, "
        f"generate_series($2::bigint * {shape.each}, $3::bigint * {shape.each} - 1) AS n"
    )


def _of_row(value: Value, place: str, each: int) -> str:
    if isinstance(value, Key):
        return f"substr(sha256(int8send(n) || '{place}'), 1, {value.size})"
    if isinstance(value, Sealed):
        return f"substr(filler, (n * 7919 % {_FILLER_BYTES - value.size})::int + 1, {value.size})"
    if isinstance(value, Person):
        return f"substr(sha256(int8send(n / {each})), 1, 16)"
    if isinstance(value, Spread):
        return f"{value.first} + n % {value.count}"
    return _literal(value)


def _literal(value: int | str | None) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


async def sizes(url: str) -> dict[str, tuple[int, int, int]]:
    """Return bytes of rows, of what lies outside of them, and of indexes, by table (PostgreSQL)."""
    connection: Any = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT relname, pg_relation_size(oid) AS rows, pg_indexes_size(oid) AS indexes,"
        " pg_table_size(oid) - pg_relation_size(oid) AS outside"
        " FROM pg_class WHERE relname = ANY($1)",
        [shape.table for shape in SHAPES],
    )
    await connection.close()
    return {row["relname"]: (row["rows"], row["outside"], row["indexes"]) for row in rows}
