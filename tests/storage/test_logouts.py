"""The outbox of logout tokens: due in order, one sender for each try."""

import asyncio

from idp.storage import logouts
from idp.storage.database import Database
from tests.support.rows import NOW, unique


async def put(database: Database, due_at: int = NOW) -> bytes:
    row_id = unique()
    await logouts.add(database, row_id=row_id, facts_sealed=b"sealed", due_at=due_at)
    return row_id


async def test_what_is_due_comes_oldest_first_and_in_batches(database: Database):
    late, early, _ = [await put(database, NOW - age) for age in (1, 5, -1)]
    rows = await logouts.due(database, now=NOW, batch=10)
    assert [row["id"] for row in rows] == [early, late]
    assert len(await logouts.due(database, now=NOW, batch=1)) == 1


async def test_each_try_has_one_sender(nodes: list[Database]):
    row_id = await put(nodes[0])
    claims = (logouts.claim(node, row_id, old_tries=0, next_at=NOW + 60) for node in nodes)
    assert sum(await asyncio.gather(*claims)) == 1
    assert await logouts.due(nodes[0], now=NOW, batch=10) == []
    assert await logouts.claim(nodes[0], row_id, old_tries=1, next_at=NOW + 90)
    await logouts.remove(nodes[0], row_id)
    assert await logouts.due(nodes[0], now=NOW + 90, batch=10) == []
