"""All of a transaction or none of it, and nothing of it seen before its end."""

import asyncio

import pytest

from idp.storage import grants_born, people, replays
from idp.storage.database import Database
from tests.support.rows import NOW, add_passkey, add_person, new_event, new_grant, unique


async def test_what_a_block_wrote_is_there_when_it_ends(nodes: list[Database]):
    async with nodes[0].transaction() as transaction:
        person_id = await add_person(transaction)
        await add_passkey(transaction, person_id)
    assert await people.find(nodes[1], person_id) is not None


@pytest.mark.parametrize("failure", [LookupError, asyncio.CancelledError, KeyboardInterrupt])
async def test_a_block_that_fails_leaves_nothing(
    nodes: list[Database], failure: type[BaseException]
):
    person_id, digest = unique(), unique(32)

    async def fail() -> None:
        async with nodes[0].transaction() as transaction:
            await add_person(transaction, id=person_id)
            await replays.spend(transaction, digest, expires_at=NOW + 60)
            raise failure

    with pytest.raises(failure):
        await fail()

    for node in nodes:
        assert await people.find(node, person_id) is None
    assert await replays.spend(nodes[1], digest, expires_at=NOW + 60)


async def test_a_task_cancelled_within_a_transaction_leaves_nothing_and_no_lock(
    nodes: list[Database],
):
    person_id, inside = unique(), asyncio.Event()

    async def hang() -> None:
        async with nodes[0].transaction() as transaction:
            await add_person(transaction, id=person_id)
            inside.set()
            await asyncio.Event().wait()

    hanging = asyncio.ensure_future(hang())
    await inside.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging

    assert await people.find(nodes[0], person_id) is None
    await add_person(nodes[1])
    await add_person(nodes[0])


async def test_a_statement_that_fails_takes_its_transaction_with_it(database: Database):
    person_id, other = await add_person(database), unique()

    async def fail() -> None:
        async with database.transaction() as transaction:
            await add_person(transaction, id=other)
            await add_person(transaction, id=person_id)

    with pytest.raises(Exception, match=r"(?i)unique"):
        await fail()

    assert await people.find(database, other) is None


async def test_nobody_sees_half_a_transaction(nodes: list[Database]):
    async with nodes[0].transaction() as transaction:
        person_id = await add_person(transaction)
        assert await people.find(transaction, person_id) is not None
        for node in nodes:  # the same node outside the transaction, too
            assert await people.find(node, person_id) is None
    for node in nodes:
        assert await people.find(node, person_id) is not None


async def test_reading_waits_for_no_writer(nodes: list[Database]):
    person_id = await add_person(nodes[0])
    async with nodes[0].transaction() as transaction:
        await people.set_status(transaction, person_id, "suspended", None)
        for node in nodes:
            row = await asyncio.wait_for(people.find(node, person_id), 1)
            assert row is not None
            assert row["status"] == "active"


async def test_a_passkey_of_nobody_is_not_stored(database: Database):
    """Foreign keys hold on SQLite, too, where they are off unless asked for."""
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await add_passkey(database, b"nobody")


async def test_thirty_transactions_at_once_all_end(nodes: list[Database]):
    async def work(node: Database) -> bool:
        async with node.transaction() as transaction:
            person_id = await add_person(transaction)
            await asyncio.sleep(0)
            return await grants_born.issue(
                transaction, new_grant(), new_event(), person_id=person_id
            )

    assert all(await asyncio.gather(*(work(nodes[n % 3]) for n in range(30))))
