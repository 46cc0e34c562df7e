import asyncio

import pytest

from idp.storage import replays
from idp.storage.database import Database
from tests.support.rows import NOW

USED = b"d" * 32


async def test_a_value_is_spent_once(database: Database):
    assert await replays.spend(database, USED, expires_at=NOW + 60)
    assert not await replays.spend(database, USED, expires_at=NOW + 120)
    assert await replays.spend(database, b"e" * 32, expires_at=NOW + 60)


@pytest.mark.spec("RFC 7523 §3")
async def test_of_many_nodes_that_spend_one_value_one_succeeds(nodes: list[Database]):
    spent = await asyncio.gather(
        *(replays.spend(nodes[n % len(nodes)], USED, expires_at=NOW + 60) for n in range(32))
    )
    assert spent.count(True) == 1


async def test_a_spent_value_is_forgotten_only_when_it_has_expired(database: Database):
    await replays.spend(database, USED, expires_at=NOW)

    await replays.prune(database, now=NOW - 1, batch=10)
    assert not await replays.spend(database, USED, expires_at=NOW)

    await replays.prune(database, now=NOW, batch=10)
    assert await replays.spend(database, USED, expires_at=NOW + 60)


async def test_a_value_spent_in_a_transaction_that_fails_is_not_spent(database: Database):
    async def fail() -> None:
        async with database.transaction() as transaction:
            assert await replays.spend(transaction, USED, expires_at=NOW + 60)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert await replays.spend(database, USED, expires_at=NOW + 60)
