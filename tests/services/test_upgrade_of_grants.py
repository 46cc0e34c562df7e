"""What was given before revision 0006 goes on: tokens, chains of refresh tokens, and history."""

import asyncio
import json
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from msgspec.structs import asdict

from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.memory import MemoryKeystore
from idp.services.vault import Vault
from idp.storage import schema, tables
from idp.storage.schema import Store
from tests.support.logins import Platform
from tests.support.provider import running
from tests.support.time import SeededEntropy

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

BEFORE: Final = "0005_many_nodes"
SIZE: Final = 1792
LASTING: Final = "openid age offline_access"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.new_database()
    return f"sqlite:///{tmp_path / 'before.db'}"


def read(url: str) -> dict[sa.Table, list[dict[str, Any]]]:
    found: dict[sa.Table, list[dict[str, Any]]] = {}

    def every(connection: sa.Connection) -> None:
        for table in tables.provider.sorted_tables:
            if table is not tables.changes:
                found[table] = [dict(row) for row in connection.execute(table.select()).mappings()]

    schema.run(url, every, writes=False)
    return found


def as_before(row: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    """Return a grant as the version before wrote it: with a digest, and the members' names."""
    facts = Vault(sealer).open_grant(row["id"], row["facts_sealed"])
    place: dict[str, Any] = {"table": "grants", "column": "facts_sealed", "row": row["id"]}
    sealed = sealer.seal(json.dumps(asdict(facts)).encode(), **place, size=SIZE)
    return row | {"facts_sealed": sealed, "code_digest": secrets.token_bytes(32)}


def make_before(url: str, rows: dict[sa.Table, list[dict[str, Any]]], sealer: Sealer) -> None:
    """Make a database of the revision before with these rows, as they stood there."""
    schema.upgrade(Store.PROVIDER, url, BEFORE)

    def fill(connection: sa.Connection) -> None:
        for table, every in rows.items():
            then = sa.Table(table.name, sa.MetaData(), autoload_with=connection)
            connection.execute(then.delete())  # what the migration itself put there
            for row in every:
                kept = as_before(row, sealer) if table is tables.grants else row
                connection.execute(then.insert().values(kept))

    schema.run(url, fill)


async def test_tokens_and_history_of_before_go_on(
    tmp_path: Path, url: str, keystore: MemoryKeystore
):
    async with running(tmp_path, keystore=keystore) as before:
        user = await Platform.register(
            before, scope=LASTING, grant_types=["authorization_code", "refresh_token"]
        )
        browser = before.browser()
        lasting = await user.tokens(browser, scope=LASTING)
        short = await user.tokens(browser, scope="openid")
        rows = await asyncio.to_thread(read, before.parts.settings.database_url)
    sealer = Sealer(keystore.secret(SecretDomain.FIELD), SeededEntropy(5))
    await asyncio.to_thread(make_before, url, rows, sealer)

    later = running(tmp_path, keystore=keystore, entropy=SeededEntropy(99), database_url=url)
    async with later as now:
        platform = Platform(now, user.registered)
        for tokens in (lasting, short):
            assert (await platform.userinfo(tokens["access_token"])).status == 200
        renewed = await platform.refresh(lasting["refresh_token"])
        assert renewed.status == 200
        assert (await platform.refresh(renewed.json()["refresh_token"])).status == 200
        came = now.browser()
        came.cookies.update(browser.cookies)
        activity = await came.get("/account/activity")
        assert activity.text.count("Corner Shop") >= 2
        assert (await platform.tokens(came, scope="openid"))["token_type"] == "Bearer"
    after = await asyncio.to_thread(read, url)
    events = [{row["id"] for row in some[tables.activity]} for some in (rows, after)]
    assert events[0] < events[1]


def test_history_is_copied_in_the_order_of_its_key(tmp_path: Path):
    """In any other order almost each row is another page to write: a large history takes hours."""
    file = tmp_path / "provider.db"
    schema.upgrade(Store.PROVIDER, f"sqlite:///{file}", BEFORE)
    draw = secrets.token_bytes
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO activity (id, tag, facts_sealed, day) VALUES (?, ?, ?, 1)",
            [(draw(16), draw(34), draw(500)) for _ in range(2000)],
        )
    schema.upgrade(Store.PROVIDER, f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        pages = [
            connection.execute(f"PRAGMA {what}").fetchone()[0]
            for what in ("page_count", "freelist_count")
        ]
        connection.execute("VACUUM")
        [(full,)] = connection.execute("PRAGMA page_count")
    assert pages[0] - pages[1] < 1.03 * full, "pages are half empty: rows came in no order"
