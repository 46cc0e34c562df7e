import asyncio

from idp.storage import people, sessions
from idp.storage.database import Database
from tests.support.rows import TODAY, add_person, unique


async def add(database: Database, person_id: bytes | None = None, day: int = TODAY) -> bytes:
    digest = unique(32)
    await sessions.add(
        database,
        digest=digest,
        person_id=person_id or await add_person(database),
        facts_sealed=b"first",
        expires_day=day,
    )
    return digest


async def test_a_session_is_read_with_its_account_as_it_is_now(database: Database):
    person_id = await add_person(database, birth_date_sealed=b"sealed")
    digest = await add(database, person_id)
    await people.set_status(database, person_id, "suspended", b"notice")

    row = await sessions.find(database, digest)

    assert row is not None
    assert row["person_id"] == person_id
    assert (row["facts_sealed"], row["birth_date_sealed"]) == (b"first", b"sealed")
    assert (row["status"], row["notice_sealed"], row["sandbox"]) == ("suspended", b"notice", 1)


async def test_facts_are_replaced_only_where_they_are_still_those_read(database: Database):
    digest = await add(database)

    assert await sessions.replace(database, digest, old_facts=b"first", new_facts=b"second")
    assert not await sessions.replace(database, digest, old_facts=b"first", new_facts=b"third")

    row = await sessions.find(database, digest)
    assert row is not None
    assert row["facts_sealed"] == b"second"


async def test_of_many_tabs_that_write_at_once_one_is_first(nodes: list[Database]):
    digest = await add(nodes[0])

    written = await asyncio.gather(
        *(
            sessions.replace(
                nodes[number % len(nodes)], digest, old_facts=b"first", new_facts=b"%d" % number
            )
            for number in range(32)
        )
    )

    assert written.count(True) == 1
    row = await sessions.find(nodes[0], digest)
    assert row is not None
    assert row["facts_sealed"] == b"%d" % written.index(True)


async def test_an_ended_session_is_not_found_and_ends_no_other(database: Database):
    person_id = await add_person(database)
    ended, other = await add(database, person_id), await add(database, person_id)

    await sessions.end(database, ended)
    await sessions.end(database, ended)

    assert await sessions.find(database, ended) is None
    assert await sessions.find(database, other) is not None
    assert not await sessions.replace(database, ended, old_facts=b"first", new_facts=b"back")
