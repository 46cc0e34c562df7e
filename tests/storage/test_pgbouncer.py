"""PgBouncer in transaction mode, as of Debian 12: it keeps no prepared statement and no session."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.storage import backup, grants, people, revisions, schema
from idp.storage.connect import connect
from idp.storage.database import Database, Misfit, Unavailable
from idp.storage.pool import Limits
from tests.storage.conftest import Opening
from tests.support import refreshing
from tests.support.logins import Platform
from tests.support.pgbouncer import pooled
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.rows import add_grant, add_person, unique
from tests.support.time import SeededEntropy

pytestmark = pytest.mark.postgres
UNPREPARED = Limits(prepared=False)
RACERS = 16
SEEDS = itertools.count(100)


@pytest.fixture(scope="module")
def pooled_url(postgres: Postgres) -> Iterator[str]:
    """A database with the provider's tables, migrated through PgBouncer itself."""
    with pooled(postgres, postgres.new_database()) as url:
        schema.upgrade(schema.Store.PROVIDER, url)
        schema.upgrade(schema.Store.PROVIDER, url)  # nothing of the first stayed behind
        yield url


@pytest_asyncio.fixture
async def provider(pooled_url: str, tmp_path: Path) -> AsyncIterator[Provider]:
    given: dict[str, Any] = {"database_url": pooled_url, "database_prepared": False}
    async with running(tmp_path, entropy=SeededEntropy(next(SEEDS)), **given) as found:
        yield found


async def test_a_login_and_refreshes_go_through_it(provider: Provider):
    platform = await refreshing.register(provider)
    connection = await refreshing.connect(platform, provider.browser(), remember=True)
    for _ in range(5):
        await connection.refresh()
    assert await connection.is_honoured()


async def test_of_many_logins_at_once_none_meets_another(provider: Provider):
    """A statement of one must never get the parameters of another's."""
    platforms = [await Platform.register(provider) for _ in range(4)]

    async def login(platform: Platform) -> str:
        browser = provider.browser()
        token = (await platform.tokens(browser))["access_token"]
        answer = await platform.userinfo(token)
        assert answer.status == 200
        return str(answer.json()["sub"])

    subs = await asyncio.gather(*(login(one) for one in platforms for _ in range(3)))
    assert len(set(subs)) == len(platforms)  # one person, at each


async def test_a_code_is_redeemed_once(pooled_url: str, open_node: Opening):
    nodes = [await open_node(pooled_url, UNPREPARED) for _ in range(2)]
    for _ in range(3):
        grant = await add_grant(nodes[0])
        racing = (grants.redeem(nodes[turn % 2], grant.id) for turn in range(RACERS))
        assert (await asyncio.gather(*racing)).count(True) == 1


def test_where_a_database_stands_is_seen_through_it_time_and_again(pooled_url: str):
    newest = schema.newest(schema.Store.PROVIDER)
    found = [revisions.standing(schema.Store.PROVIDER, pooled_url).found for _ in range(5)]
    assert found == [newest] * 5


async def test_a_backup_reads_one_moment(pooled_url: str, open_node: Opening):
    node = await open_node(pooled_url, UNPREPARED)
    kept, later = await add_person(node), unique()
    shapes = await asyncio.to_thread(backup.shapes, schema.Store.PROVIDER, pooled_url)
    everyone = next(shape for shape in shapes if shape.name == "people")
    for _ in range(2):  # the second time nothing of the first is in the way
        async with node.snapshot() as snapshot:
            await people.remove(node, later)
            await add_person(node, id=later)
            seen = [row["id"] async for rows in everyone.rows(snapshot) for row in rows]
        assert kept in seen
    assert seen.count(later) == 1


async def test_a_statement_that_hangs_is_given_up_there_too(pooled_url: str, open_node: Opening):
    first = await open_node(pooled_url, UNPREPARED)
    second = await open_node(pooled_url, Limits(prepared=False, statement_seconds=0.2))
    person_id = await add_person(first)

    async def within() -> None:
        async with second.transaction() as transaction:
            await people.set_status(transaction, person_id, "active", None)

    async with first.transaction() as transaction:
        await people.set_status(transaction, person_id, "suspended", None)
        with pytest.raises(Unavailable, match="QueryCanceled"):
            await within()
        with pytest.raises(Unavailable):
            await people.set_status(second, person_id, "active", None)
    await within()


async def opened(url: str) -> Database:
    """Open as servers do by default."""
    database = connect(url)
    await database.open()
    return database


async def test_prepared_statements_are_refused_there_with_what_to_set(pooled_url: str):
    with pytest.raises(Misfit, match="IDP_DATABASE_PREPARED=false"):
        await opened(pooled_url)


async def test_in_session_mode_statements_stay_prepared(postgres: Postgres):
    with pooled(postgres, postgres.new_database(), mode="session") as url:
        database = await opened(url)
        await database.close()


@pytest.mark.parametrize("servers", [1, 4])
async def test_a_pooler_that_is_idle_is_seen_through_too(postgres: Postgres, servers: int):
    """It sends everybody to the server that was last used, and all seems to be well."""
    with pooled(postgres, postgres.new_database(), servers=servers, turns=False) as url:
        with pytest.raises(Misfit):
            await opened(url)
        database = connect(url, limits=UNPREPARED)
        await database.open()
        await database.close()


async def test_a_pooler_that_takes_no_settings_is_told_of(postgres: Postgres):
    """As PgBouncer is when nobody has set anything."""
    with pooled(postgres, postgres.new_database(), ignored="extra_float_digits") as url:
        with pytest.raises(Misfit, match="IDP_DATABASE_PREPARED=false"):
            await opened(url)
        database = connect(url, limits=UNPREPARED)
        await database.open()
        await database.close()
