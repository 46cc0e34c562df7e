"""P8 across kill -9: what was told to be used stays used, whenever the process dies."""

import subprocess
import sys
from pathlib import Path

import pytest

from idp.storage import grants, grants_born, schema
from idp.storage.connect import connect
from idp.storage.database import Database
from tests.support.rows import NOW, add_person, new_event, new_grant

CODES = 400
ROOT = Path(__file__).parents[2]
# Redeems the codes it reads, and says so after each: what it said before it died is to hold.
NODE = """
import asyncio, sys
from idp.storage import grants
from idp.storage.connect import connect

async def main():
    database = connect(sys.argv[1], durable=True)
    await database.open()
    for line in sys.stdin:
        grant = bytes.fromhex(line)
        if await grants.redeem(database, grant):
            print(line.strip(), flush=True)

asyncio.run(main())
"""


async def issue(database: Database) -> list[bytes]:
    person_id = await add_person(database)
    found = [new_grant() for _ in range(CODES)]
    async with database.transaction() as transaction:
        for grant in found:
            assert await grants_born.issue(transaction, grant, new_event(), person_id=person_id)
    return [grant.id for grant in found]


def redeem_until_killed(url: str, codes: list[bytes], *, after: int) -> list[bytes]:
    """Let a process of its own redeem, and kill it once it has said `after` codes."""
    node = subprocess.Popen(
        [sys.executable, "-c", NODE, url, str(NOW)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write("".join(f"{code.hex()}\n" for code in codes))
    node.stdin.flush()
    told = [node.stdout.readline() for _ in range(after)]
    node.kill()
    rest, _ = node.communicate()
    lines = [*told, *rest.splitlines()]
    return [bytes.fromhex(line) for line in lines if len(line.strip()) == len(codes[0].hex())]


async def check(url: str) -> None:
    database = connect(url)
    await database.open()
    try:
        codes = await issue(database)
        told = redeem_until_killed(url, codes, after=25)
        assert 25 <= len(told) < CODES
        again = {code for code in codes if await grants.redeem(database, code)}
        assert again & set(told) == set()
        # At most one code was used without anybody hearing of it: the one under way.
        assert CODES - len(again) - len(told) <= 1
    finally:
        await database.close()


async def test_p8_a_code_redeemed_before_kill_9_is_not_redeemed_again_on_sqlite(
    migrated_sqlite_url: str,
):
    await check(migrated_sqlite_url)


@pytest.mark.postgres
async def test_p8_a_code_redeemed_before_kill_9_is_not_redeemed_again_on_postgresql(
    migrated_url: str,
):
    await check(migrated_url)


@pytest.fixture
def migrated_sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'provider.db'}"
    schema.upgrade(schema.Store.PROVIDER, url)
    return url


@pytest.fixture
def migrated_url(postgres_url: str) -> str:
    schema.upgrade(schema.Store.PROVIDER, postgres_url)
    return postgres_url
