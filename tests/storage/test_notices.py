"""The outbox: due in order, one sender for each try, and nothing stays for ever."""

import asyncio

from idp.storage import notices, people
from idp.storage.database import Database
from tests.support.rows import NOW, add_person, unique


async def put(database: Database, due_at: int = NOW) -> bytes:
    row_id = unique()
    await notices.add(database, row_id=row_id, facts_sealed=b"sealed", due_at=due_at)
    return row_id


async def test_what_is_due_comes_oldest_first_and_in_batches(database: Database):
    late, early, _ = [await put(database, NOW - age) for age in (1, 5, -1)]
    rows = await notices.due(database, now=NOW, batch=10)
    assert [row["id"] for row in rows] == [early, late]
    assert len(await notices.due(database, now=NOW, batch=1)) == 1


async def test_each_try_has_one_sender(nodes: list[Database]):
    row_id = await put(nodes[0])
    claims = (notices.claim(node, row_id, old_tries=0, next_at=NOW + 60) for node in nodes)
    assert sum(await asyncio.gather(*claims)) == 1
    assert await notices.due(nodes[0], now=NOW, batch=10) == []
    assert await notices.claim(nodes[0], row_id, old_tries=1, next_at=NOW + 90)
    await notices.remove(nodes[0], row_id)
    assert await notices.due(nodes[0], now=NOW + 90, batch=10) == []


async def test_what_nobody_sends_any_more_is_forgotten(database: Database):
    await put(database, NOW - 1)
    kept = await put(database, NOW)
    assert await notices.prune(database, before=NOW, batch=10) == 1
    assert [row["id"] for row in await notices.due(database, now=NOW, batch=10)] == [kept]


async def test_of_two_changes_of_a_contact_at_once_one_is_refused(nodes: list[Database]):
    person_id = await add_person(nodes[0])
    for old, new in ((None, b"first"), (b"first", b"second"), (b"second", None)):
        changes = (people.set_contact(node, person_id, old=old, new=new) for node in nodes)
        changed = await asyncio.gather(*changes)
        assert sum(changed) == 1 or (old, new) == (None, None)
