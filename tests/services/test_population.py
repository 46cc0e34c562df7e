"""Strangers of a benchmark look like the product's own people, or it would measure another one."""

import sqlite3
from pathlib import Path

from tests.benchmarks.population import SHAPES, SHORT_LIVED, Key, Person, Sealed, Shape, Value, load
from tests.support.accounts import somebody
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.whole_life import add_passkey

COMPARED = ("people", "passkeys", "sessions", "pseudonyms", "consents", "activity", "grants")


def size(value: Value) -> int | None:
    """How many bytes a stranger's value has, if it is bytes."""
    if isinstance(value, Key | Sealed):
        return value.size
    return 16 if isinstance(value, Person) else None


def lengths(file: Path, shape: Shape) -> set[tuple[int | None, ...]]:
    """The lengths of the columns of bytes in every row; None for another value."""
    connection = sqlite3.connect(file)
    names = ", ".join(shape.columns)
    rows = connection.execute(f"SELECT {names} FROM {shape.table}").fetchall()  # noqa: S608
    connection.close()
    return {tuple(len(v) if isinstance(v, bytes) else None for v in row) for row in rows}


async def test_the_lengths_are_those_of_the_products_own_rows(provider: Provider):
    owner, platform = await somebody(provider), await Platform.register(provider)
    await platform.tokens(owner.browser, scope="openid age", remember=True)
    await add_passkey(owner)
    file = provider.parts.settings.home / "provider.db"
    for shape in (*SHAPES, *SHORT_LIVED):
        if shape.table in COMPARED:
            ours = lengths(file, shape)
            assert tuple(map(size, shape.columns.values())) in ours, (shape.table, ours)

    # The load has a file to itself, and this provider holds its own open.
    copy = file.with_name("copy.db")
    connection = sqlite3.connect(file)
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    load(f"sqlite:///{copy}", 10)

    connection = sqlite3.connect(copy)
    [(people,)] = connection.execute("SELECT count(*) FROM people").fetchall()
    orphans = "SELECT count(*) FROM sessions WHERE person_id NOT IN (SELECT id FROM people)"
    [(lost,)] = connection.execute(orphans).fetchall()
    connection.close()
    assert (people, lost) == (11, 0)
