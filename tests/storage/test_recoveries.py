"""One recovery per person; whoever takes its row is the only one who does."""

import asyncio

from idp.storage import passkeys, people, recoveries, recovery_codes
from idp.storage.database import Database
from tests.support.rows import TODAY, add_passkey, add_person, unique


async def begin(database: Database, person_id: bytes, day: int = TODAY) -> bytes | None:
    row_id = unique()
    added = await recoveries.add(
        database, row_id=row_id, person_id=person_id, facts_sealed=b"sealed", day=day
    )
    return row_id if added else None


async def test_a_person_has_one_recovery_at_a_time(nodes: list[Database]):
    person_id = await add_person(nodes[0])
    begun = await asyncio.gather(*(begin(node, person_id) for node in nodes))
    assert sum(row_id is not None for row_id in begun) == 1


async def test_of_a_stop_and_a_completion_one_takes_the_row(nodes: list[Database]):
    for _ in range(5):
        person_id = await add_person(nodes[0])
        row_id = await begin(nodes[0], person_id)
        assert row_id is not None
        taken = await asyncio.gather(
            recoveries.stop(nodes[0], person_id),
            recoveries.end(nodes[1], row_id),
            recoveries.end(nodes[2], row_id),
        )
        assert sum(taken) == 1
        assert await recoveries.of_person(nodes[0], person_id) is None


async def test_a_recovery_is_found_by_person_and_by_user_handle(database: Database):
    handle = unique(32)
    person_id = await add_person(database, webauthn_user_id=handle)
    await add_person(database)
    row_id = await begin(database, person_id)
    for row in (
        await recoveries.of_person(database, person_id),
        await recoveries.of_handle(database, handle),
    ):
        assert row is not None
        assert row["id"] == row_id
    assert await recoveries.of_handle(database, unique(32)) is None


async def test_the_passkeys_that_a_new_device_is_told_of_are_the_persons_own(database: Database):
    person_id, other = await add_person(database), await add_person(database)
    own = [(await add_passkey(database, person_id))["credential_id"] for _ in range(2)]
    await add_passkey(database, other)
    assert sorted(await recoveries.credentials(database, person_id)) == sorted(own)


async def test_what_lapsed_is_forgotten_and_no_earlier(database: Database):
    lapsed, waits = await add_person(database), await add_person(database)
    await begin(database, lapsed, TODAY - 1)
    await begin(database, waits, TODAY)
    assert await recoveries.prune(database, today=TODAY, batch=10) == 1
    assert await recoveries.of_person(database, lapsed) is None
    assert await recoveries.of_person(database, waits) is not None


async def test_a_code_is_spent_by_one_and_by_its_own_person_only(nodes: list[Database]):
    database = nodes[0]
    person_id, other, tag = await add_person(database), await add_person(database), unique(32)
    await recovery_codes.replace(database, person_id, [tag, unique(32)])
    assert not await recovery_codes.spend(database, tag, other)
    spent = await asyncio.gather(*(recovery_codes.spend(node, tag, person_id) for node in nodes))
    assert sum(spent) == 1
    assert await recovery_codes.left(database, person_id) == 1
    assert await recovery_codes.find(database, tag) is None


async def test_new_codes_take_the_place_of_the_old_and_of_nobody_elses(database: Database):
    person_id, other = await add_person(database), await add_person(database)
    old, new, others = unique(32), unique(32), unique(32)
    await recovery_codes.replace(database, other, [others])
    await recovery_codes.replace(database, person_id, [old])
    await recovery_codes.replace(database, person_id, [new])
    assert await recovery_codes.find(database, old) is None
    for tag, owner in ((new, person_id), (others, other)):
        row = await recovery_codes.find(database, tag)
        assert row is not None
        assert row["person_id"] == owner


async def test_all_of_it_goes_with_the_person(database: Database):
    person_id, tag = await add_person(database), unique(32)
    await begin(database, person_id)
    await recovery_codes.replace(database, person_id, [tag])
    key = await add_passkey(database, person_id)
    await people.remove(database, person_id)
    assert await recoveries.of_person(database, person_id) is None
    assert await recovery_codes.find(database, tag) is None
    assert await passkeys.find(database, key["credential_id"]) is None
