"""P8 for refresh tokens: one live chain, however many refresh at once, whatever dies meanwhile."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.storage import grants, refresh_tokens, schema
from idp.storage.connect import connect as connected
from idp.storage.database import Database
from tests.support import refreshing
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.refreshing import GRACE, Connection, connect, refused
from tests.support.rows import NOW, add_grant

CALLERS = 50
ROOT = Path(__file__).parents[2]
DAY = 24 * 3600


@asynccontextmanager
async def two_nodes(folder: Path, **urls: Any) -> AsyncIterator[tuple[Provider, Provider]]:
    async with (
        running(folder, **urls) as one,
        running(folder, keystore=one.parts.keystore, **urls) as two,
    ):
        yield one, two


def postgres_urls(postgres: Postgres) -> dict[str, str]:
    names = ("database_url", "enrolment_database_url")
    return {name: postgres.new_database() for name in names}


def at(node: Provider, connection: Connection) -> Platform:
    """The same client at another node."""
    platform = connection.platform
    return Platform(node, platform.registered, platform.redirect_uri)


async def check_parallel(one: Provider, two: Provider) -> None:
    connection = await connect(await refreshing.register(one), one.browser())
    for _ in range(2):  # from the first token on, and from a later one
        token = connection.live
        answers = await asyncio.gather(
            *(at(node, connection).refresh(token) for node in [one, two] * (CALLERS // 2))
        )
        assert [answer.status for answer in answers] == [200] * CALLERS
        given = [answer.json() for answer in answers]
        assert len({tokens["refresh_token"] for tokens in given}) == 1  # one live chain
        assert len({tokens["access_token"] for tokens in given}) == CALLERS
        for tokens in given[::7]:
            assert await connection.is_honoured(tokens)
        connection.refresh_tokens.append(given[0]["refresh_token"])
    one.clock.advance(GRACE)
    two.clock.advance(GRACE)
    assert await connection.is_alive()
    assert refused(await at(two, connection).refresh(token)) == "refresh_token_reused"
    assert not await connection.is_alive()


@pytest.mark.spec("RFC 9700 §4.14.2")
async def test_p8_fifty_refreshes_at_once_on_two_nodes_of_sqlite_give_one_chain(tmp_path: Path):
    async with two_nodes(tmp_path) as (one, two):
        await check_parallel(one, two)


@pytest.mark.postgres
@pytest.mark.spec("RFC 9700 §4.14.2")
async def test_p8_fifty_refreshes_at_once_on_two_nodes_of_postgresql_give_one_chain(
    tmp_path: Path, postgres: Postgres
):
    async with two_nodes(tmp_path, **postgres_urls(postgres)) as (one, two):
        await check_parallel(one, two)


async def test_p8_thieves_who_come_with_an_old_token_at_once_end_one_chain_once(tmp_path: Path):
    async with two_nodes(tmp_path) as (one, two):
        connection = await connect(await refreshing.register(one), one.browser())
        other = await connect(connection.platform, one.browser(), "elder")
        for _ in range(2):
            await connection.refresh()
        old = connection.refresh_tokens[0]
        answers = await asyncio.gather(
            *(at(node, connection).refresh(old) for node in [one, two] * 10)
        )
        assert {refused(answer) for answer in answers} <= {
            *("refresh_token_reused", "refresh_token_revoked"),
        }
        assert not await connection.is_alive()
        assert await other.is_alive()


async def test_p8_what_was_replaced_stays_replaced_after_a_restart(tmp_path: Path):
    async with running(tmp_path) as before:
        connection = await connect(await refreshing.register(before), before.browser())
        await connection.refresh()
        await connection.refresh()
    async with running(tmp_path, keystore=before.parts.keystore) as after:
        connection.platform = at(after, connection)
        after.clock.advance(GRACE)
        await connection.refresh()
        assert refused(await connection.platform.refresh(connection.refresh_tokens[0]))
        assert not await connection.is_alive()


# Moves chains on from one state to the next, and says so after each move.
NODE = """
import asyncio, sys
from idp.storage import refresh_tokens
from idp.storage.connect import connect

async def main():
    database = connect(sys.argv[1], durable=True)
    await database.open()
    for line in sys.stdin:
        grant = bytes.fromhex(line)
        if await refresh_tokens.move(
            database, grant, old=b"first", chain_sealed=b"second", facts_sealed=b"facts",
            expires_at=int(sys.argv[2]),
        ):
            print(line.strip(), flush=True)

asyncio.run(main())
"""
CHAINS = 200
TOLD = 25


async def begun(database: Database) -> list[bytes]:
    found = [await add_grant(database) for _ in range(CHAINS)]
    for grant in found:
        assert await refresh_tokens.begin(
            database, grant.id, chain_sealed=b"first", expires_at=NOW + DAY
        )
    return [grant.id for grant in found]


def move_until_killed(url: str, chains: list[bytes]) -> list[bytes]:
    node = subprocess.Popen(
        [sys.executable, "-c", NODE, url, str(NOW + 2 * DAY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write("".join(f"{chain.hex()}\n" for chain in chains))
    node.stdin.flush()
    told = [node.stdout.readline() for _ in range(TOLD)]
    node.kill()
    rest, _ = node.communicate()
    lines = [*told, *rest.splitlines()]
    return [bytes.fromhex(line) for line in lines if len(line.strip()) == len(chains[0].hex())]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_p8_a_chain_moved_before_kill_9_is_moved_for_good_and_never_half(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
):
    url = f"sqlite:///{tmp_path / 'provider.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    await asyncio.to_thread(schema.upgrade, schema.Store.PROVIDER, url)
    database = connected(url)
    await database.open()
    try:
        chains = await begun(database)
        told = move_until_killed(url, chains)
        assert TOLD <= len(told) < CHAINS
        rows = {chain: await grants.find(database, chain) for chain in chains}
        moved = {chain for chain, row in rows.items() if row and row["chain_sealed"] == b"second"}
        assert set(told) <= moved
        assert len(moved) - len(told) <= 1  # the one under way
        for chain, row in rows.items():
            assert row is not None
            whole = (b"facts", NOW + 2 * DAY) if chain in moved else (b"sealed facts", NOW + DAY)
            assert (row["facts_sealed"], row["expires_at"]) == whole
    finally:
        await database.close()
