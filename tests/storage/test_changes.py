"""Whatever changes a client, a key or a version of a secret moves a version, on every table."""

import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.storage.conftest import Place, sqlite_place

TABLES = {"clients", "former_clients", "secret_versions", "signing_keys"}
_ROW, _INSERT, _DELETE, _UPDATE = 1, 4, 8, 16  # of pg_trigger.tgtype


def test_a_file_counts_every_kind_of_change(tmp_path: Path):
    sqlite_place(tmp_path)
    file = sqlite3.connect(tmp_path / "provider.db")
    found = {
        name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type='trigger'")
    }
    file.close()
    assert found == {f"{table}_{how}" for table in TABLES for how in ("insert", "update", "delete")}


@pytest.mark.postgres
async def test_a_server_counts_every_kind_of_change_when_it_is_kept(postgres_place: Place):
    server: Any = await asyncpg.connect(postgres_place.provider)
    found = await server.fetch(
        "SELECT tgrelid::regclass::text, tgtype, tginitdeferred FROM pg_trigger"
        " WHERE NOT tgisinternal"
    )
    await server.close()
    every = _ROW | _INSERT | _DELETE | _UPDATE
    assert {tuple(row) for row in found} == {(table, every, True) for table in TABLES}
