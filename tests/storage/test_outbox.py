"""Each outbox: due in order, one sender for each try, and nothing stays for ever."""

import asyncio

import pytest

from idp.storage import logouts, notices
from idp.storage.database import Database
from idp.storage.outbox import Outbox
from tests.support.rows import NOW, unique

OUTBOXES = {"logouts": logouts._OUTBOX, "notices": notices._OUTBOX}


@pytest.fixture(params=OUTBOXES)
def outbox(request: pytest.FixtureRequest) -> Outbox:
    return OUTBOXES[request.param]


async def put(outbox: Outbox, database: Database, due_at: int = NOW) -> bytes:
    row_id = unique()
    await outbox.add(database, row_id=row_id, facts_sealed=b"sealed", due_at=due_at)
    return row_id


async def test_what_is_due_comes_oldest_first_and_in_batches(outbox: Outbox, database: Database):
    late, early, _ = [await put(outbox, database, NOW - age) for age in (1, 5, -1)]
    rows = await outbox.due(database, now=NOW, batch=10)
    assert [row["id"] for row in rows] == [early, late]
    assert len(await outbox.due(database, now=NOW, batch=1)) == 1


async def test_each_try_has_one_sender(outbox: Outbox, nodes: list[Database]):
    row_id = await put(outbox, nodes[0])
    claims = (outbox.claim(node, row_id, old_tries=0, next_at=NOW + 60) for node in nodes)
    assert sum(await asyncio.gather(*claims)) == 1
    assert await outbox.due(nodes[0], now=NOW, batch=10) == []
    assert await outbox.claim(nodes[0], row_id, old_tries=1, next_at=NOW + 90)
    await outbox.remove(nodes[0], row_id)
    assert await outbox.due(nodes[0], now=NOW + 90, batch=10) == []


async def test_what_nobody_sends_any_more_is_forgotten(outbox: Outbox, database: Database):
    await put(outbox, database, NOW - 1)
    kept = await put(outbox, database, NOW)
    assert await outbox.prune(database, before=NOW, batch=10) == 1
    assert [row["id"] for row in await outbox.due(database, now=NOW, batch=10)] == [kept]
