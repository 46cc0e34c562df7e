"""Appeals: on both dialects."""

from typing import Any

from idp.storage import appeals, people
from idp.storage.database import Database
from tests.support.rows import TODAY, add_person, unique


async def add_appeal(database: Database, person_id: bytes, **changes: Any) -> bytes:
    columns: dict[str, Any] = {
        "id": unique(),
        "person_id": person_id,
        "state": "open",
        "facts_sealed": b"text",
        "created_day": TODAY,
    } | changes
    await appeals.add(database, **columns)
    appeal_id: bytes = columns["id"]
    return appeal_id


async def test_an_appeal_is_answered_once(database: Database):
    appeal_id = await add_appeal(database, await add_person(database))
    assert await appeals.answer(database, appeal_id, b"text and answer")
    assert not await appeals.answer(database, appeal_id, b"another answer")
    row = await appeals.find(database, appeal_id)
    assert row is not None
    assert (row["state"], row["facts_sealed"]) == ("answered", b"text and answer")


async def test_appeals_go_with_the_account(database: Database):
    leaving, staying = await add_person(database), await add_person(database)
    gone, kept = await add_appeal(database, leaving), await add_appeal(database, staying)
    await people.remove(database, leaving)
    assert await appeals.find(database, gone) is None
    assert [row["id"] for row in await appeals.of_person(database, staying)] == [kept]


async def test_old_appeals_are_listed_no_more_and_pruned(database: Database):
    person_id = await add_person(database)
    old = await add_appeal(database, person_id, created_day=TODAY - 2)
    new = await add_appeal(database, person_id, created_day=TODAY)
    found = await appeals.newest(database, since=TODAY - 1, most=9)
    assert [row["id"] for row in found] == [new]
    assert await appeals.prune(database, before=TODAY - 1, batch=9) == 1
    assert await appeals.find(database, old) is None
