import asyncio

from idp.storage import people
from idp.storage.database import Database
from tests.support.rows import TODAY, add_person


async def test_a_person_is_found_by_id_and_by_nothing_less(database: Database):
    person_id = await add_person(database, birth_date_sealed=b"\x00sealed\xff")

    row = await people.find(database, person_id)

    assert row is not None
    assert row["birth_date_sealed"] == b"\x00sealed\xff"
    assert (row["status"], row["created_day"], row["notice_sealed"]) == ("active", TODAY, None)
    assert await people.find(database, person_id[:-1]) is None


async def test_sandbox_people_and_real_ones_are_counted_apart(database: Database):
    for sandbox in (1, 1, 0):
        await add_person(database, sandbox=sandbox)

    assert await people.count(database, sandbox=True) == 2
    assert await people.count(database, sandbox=False) == 1


async def test_an_empty_database_counts_nobody(database: Database):
    assert await people.count(database, sandbox=False) == 0


async def test_a_status_changes_together_with_its_notice(database: Database):
    person_id = await add_person(database)

    assert await people.set_status(database, person_id, "suspended", b"a sealed notice")

    row = await people.find(database, person_id)
    assert row is not None
    assert (row["status"], row["notice_sealed"]) == ("suspended", b"a sealed notice")
    assert await people.set_status(database, person_id, "active", None)
    row = await people.find(database, person_id)
    assert row is not None
    assert (row["status"], row["notice_sealed"]) == ("active", None)


async def test_the_status_of_nobody_is_not_changed(database: Database):
    other = await add_person(database)

    assert not await people.set_status(database, b"nobody", "suspended", None)

    row = await people.find(database, other)
    assert row is not None
    assert row["status"] == "active"


async def test_of_two_changes_of_a_contact_at_once_one_is_refused(nodes: list[Database]):
    person_id = await add_person(nodes[0])
    for old, new in ((None, b"first"), (b"first", b"second"), (b"second", None)):
        changes = (people.set_contact(node, person_id, old=old, new=new) for node in nodes)
        changed = await asyncio.gather(*changes)
        assert sum(changed) == 1 or (old, new) == (None, None)
