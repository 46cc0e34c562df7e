"""Counting is one guarded statement: no two tries get the same number."""

import asyncio

from idp.storage import throttles
from idp.storage.database import Database
from tests.support.rows import NOW, unique


async def test_tries_are_counted_one_by_one(database: Database):
    tag = unique(32)
    counted = [await throttles.count(database, tag, expires_at=NOW) for _ in range(3)]
    assert counted == [1, 2, 3]
    assert await throttles.count(database, unique(32), expires_at=NOW) == 1


async def test_many_nodes_count_as_one(nodes: list[Database]):
    tag = unique(32)
    tries = [throttles.count(node, tag, expires_at=NOW) for node in nodes for _ in range(10)]
    assert sorted(await asyncio.gather(*tries)) == list(range(1, 31))


async def test_a_try_given_back_is_not_counted_and_never_below_none(database: Database):
    tag = unique(32)
    await throttles.count(database, tag, expires_at=NOW)
    await throttles.give_back(database, tag)
    await throttles.give_back(database, tag)
    assert await throttles.count(database, tag, expires_at=NOW) == 1


async def test_counts_are_forgotten_when_their_window_is_over(database: Database):
    over, going_on = unique(32), unique(32)
    await throttles.count(database, over, expires_at=NOW)
    await throttles.count(database, going_on, expires_at=NOW + 1)
    assert await throttles.prune(database, now=NOW, batch=10) == 1
    assert await throttles.count(database, going_on, expires_at=NOW + 1) == 2
