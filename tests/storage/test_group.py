"""Transactions that share a COMMIT: durable before anybody is told, and what fails is undone alone.

SQLite alone: PostgreSQL's server does this by itself.
"""

import asyncio
import sqlite3

import pytest
from sqlalchemy import literal

from idp.storage import activity, grants, grants_born, group, people, pushed_requests, replays
from idp.storage.database import Row
from idp.storage.sqlite import Sqlite
from idp.storage.statement import Statement
from idp.storage.tables import replays as replays_table
from tests.support.one_file import is_spent, spend, told
from tests.support.rows import (
    CONSENT,
    HOLDER,
    ITEMS,
    NOW,
    TODAY,
    add_person,
    add_pseudonym,
    new_event,
    new_grant,
    put_consent,
    unique,
)


@pytest.fixture
def file(one_file: Sqlite) -> Sqlite:
    return one_file


async def test_who_writes_at_once_shares_a_commit(file: Sqlite):
    with told(file) as words:
        assert all(await asyncio.gather(*(spend(file) for _ in range(16))))
    assert words.count("BEGIN") == words.count("COMMIT") == 1
    assert words.count("INSERT") == 16


async def turns_until_kept(file: Sqlite) -> int:
    """Return how many turns of the event loop a transaction takes."""
    spending, turns = asyncio.create_task(spend(file)), 0
    while not spending.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def test_who_comes_in_the_next_turns_shares_the_commit(file: Sqlite):
    async def later(turns: int) -> bool:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await spend(file)

    await asyncio.gather(*(spend(file) for _ in range(2)))
    with told(file) as words:
        assert all(await asyncio.gather(*(later(turns) for turns in range(16))))
    assert words.count("COMMIT") == 1


async def test_others_are_waited_for_where_some_came_together_before(file: Sqlite):
    alone = await turns_until_kept(file)
    await asyncio.gather(*(spend(file) for _ in range(2)))
    assert await turns_until_kept(file) == alone + group.EMPTY_TURNS
    assert await turns_until_kept(file) == alone  # nobody did


async def test_who_are_enough_wait_for_nobody(file: Sqlite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(group, "ENOUGH", 1)
    alone = await turns_until_kept(file)
    await asyncio.gather(*(spend(file) for _ in range(2)))
    assert await turns_until_kept(file) == alone


async def test_nobody_is_waited_for_through_turns_that_take_long(
    file: Sqlite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group, "SPAN_SECONDS", -1.0)
    alone = await turns_until_kept(file)
    await asyncio.gather(*(spend(file) for _ in range(2)))
    assert await turns_until_kept(file) == alone


async def test_blocks_that_do_not_wait_share_a_commit_with_statements(file: Sqlite):
    async def block() -> bytes:
        async with file.transaction() as transaction:
            return await add_person(transaction)

    with told(file) as words:
        first, *_, second = await asyncio.gather(spend(file), spend(file), block(), block())
    assert words.count("COMMIT") == 1
    assert first is True
    assert await people.find(file, second) is not None


async def test_nobody_is_told_before_the_commit(file: Sqlite):
    """Each looks with a connection of its own at the very moment it is told."""

    async def one() -> bool:
        digest = unique(32)
        return await spend(file, digest) and await is_spent(file, digest)

    async def block() -> bool:
        async with file.transaction() as transaction:
            digest = unique(32)
            await replays.spend(transaction, digest, expires_at=NOW)
            assert not await is_spent(file, digest)
        return await is_spent(file, digest)

    assert all(await asyncio.gather(*(one() if n % 3 else block() for n in range(18))))


async def test_who_was_told_reads_what_was_written(file: Sqlite):
    async def write_and_read() -> bool:
        person_id = await add_person(file)
        return await people.find(file, person_id) is not None

    async with asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(write_and_read()) for _ in range(20)]
        for _ in range(10):
            async with file.transaction() as transaction:
                await add_person(transaction)
                await asyncio.sleep(0)
    assert all(task.result() for task in found)


async def test_no_group_grows_without_bound(file: Sqlite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(group, "MOST", 4)
    with told(file) as words:
        assert all(await asyncio.gather(*(spend(file) for _ in range(10))))
    assert words.count("COMMIT") == 3


async def test_blocks_that_take_long_are_not_strung_together_for_ever(
    file: Sqlite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group, "SPAN_SECONDS", 0.0)

    async def block() -> None:
        async with file.transaction() as transaction:
            await add_person(transaction)
            await asyncio.sleep(0.001)

    with told(file) as words:
        await asyncio.gather(*(block() for _ in range(3)))
    assert words.count("COMMIT") == 3


async def test_a_statement_that_fails_fails_alone(file: Sqlite):
    taken = await add_person(file)
    ended = await asyncio.gather(
        spend(file), add_person(file, id=taken), spend(file), return_exceptions=True
    )
    assert [type(one) for one in ended] == [bool, sqlite3.IntegrityError, bool]


async def test_a_value_that_no_column_takes_fails_alone(file: Sqlite):
    ended = await asyncio.gather(
        spend(file), add_person(file, status="\udc80"), spend(file), return_exceptions=True
    )
    assert [type(one) for one in ended] == [bool, UnicodeEncodeError, bool]


async def test_a_grant_without_its_event_is_undone_alone(file: Sqlite):
    """The second part of one statement fails: the others of the group run once more without it."""
    person_id, event, kept, lost = await add_person(file), new_event(), new_grant(), new_grant()
    await activity.add(file, event)
    await add_pseudonym(file, HOLDER)

    ended = await asyncio.gather(
        spend(file),
        grants_born.issue(file, lost, event, person_id=person_id),
        grants_born.issue(file, kept, new_event(), person_id=person_id),
        return_exceptions=True,
    )

    assert [type(one) for one in ended] == [bool, sqlite3.IntegrityError, bool]
    assert ended[0] is ended[2] is True
    assert await grants.find(file, lost.id) is None
    assert await grants.find(file, kept.id) is not None


async def test_a_grant_without_its_event_is_undone_within_a_block(file: Sqlite):
    person_id, event, lost = await add_person(file), new_event(), new_grant()
    await activity.add(file, event)
    await add_pseudonym(file, HOLDER)
    digest = unique(32)
    async with file.transaction() as transaction:
        assert await replays.spend(transaction, digest, expires_at=NOW)
        with pytest.raises(sqlite3.IntegrityError):
            await grants_born.issue(transaction, lost, event, person_id=person_id)
    assert await is_spent(file, digest)
    assert await grants.find(file, lost.id) is None


@pytest.mark.parametrize("within", [False, True])
async def test_a_pushed_request_that_is_gone_leaves_no_grant(file: Sqlite, within: bool):
    person_id, grant = await add_person(file), new_grant()
    await add_pseudonym(file, HOLDER)
    await put_consent(file, CONSENT)
    pushed = unique(32)
    consent = grants_born.Remembered(person_id, ITEMS, TODAY, pushed=pushed)
    if within:
        async with file.transaction() as transaction:
            assert not await grants_born.issue_remembered(transaction, grant, new_event(), consent)
    else:
        assert not await grants_born.issue_remembered(file, grant, new_event(), consent)
    assert await grants.find(file, grant.id) is None

    await pushed_requests.add(file, digest=pushed, facts_sealed=b"sealed", expires_at=NOW + 60)
    assert await grants_born.issue_remembered(file, grant, new_event(), consent)
    assert not await grants_born.issue_remembered(file, new_grant(), new_event(), consent)


async def test_a_block_that_fails_is_undone_alone(file: Sqlite):
    digests = [unique(32) for _ in range(4)]

    async def block(digest: bytes, *, fails: bool) -> None:
        async with file.transaction() as transaction:
            await replays.spend(transaction, digest, expires_at=NOW)
            await asyncio.sleep(0)
            if fails:
                raise LookupError

    with told(file) as words:
        ended = await asyncio.gather(
            spend(file, digests[0]),
            block(digests[1], fails=False),
            block(digests[2], fails=True),
            block(digests[3], fails=False),
            return_exceptions=True,
        )
    assert words.count("COMMIT") == 1
    assert [type(one) for one in ended] == [bool, type(None), LookupError, type(None)]
    assert [await is_spent(file, digest) for digest in digests] == [True, True, False, True]


@pytest.mark.parametrize("within", [False, True])
async def test_a_statement_that_stops_half_way_has_done_nothing_and_has_no_answer(
    file: Sqlite, within: bool
):
    digest, nobody = unique(32), replays_table.c.digest == literal(b"nobody")
    spent = replays_table.insert().values(digest=literal(digest), expires_at=literal(NOW))
    stops = Statement(spent, on_sqlite=(spent, *[replays_table.delete().where(nobody)] * 2))

    async def block() -> Row | None:
        async with file.transaction() as transaction:
            return await transaction.one(stops)

    ended = await asyncio.gather(spend(file), block() if within else file.one(stops), spend(file))
    assert list(ended) == [True, None, True]
    assert not await is_spent(file, digest)


async def test_what_fails_half_way_takes_no_block_with_it(file: Sqlite):
    """A block cannot run once more, so nothing that may undo the group runs behind it."""
    person_id, event, lost, digest = await add_person(file), new_event(), new_grant(), unique(32)
    await activity.add(file, event)
    await add_pseudonym(file, HOLDER)

    async def block() -> bool:
        async with file.transaction() as transaction:
            return await replays.spend(transaction, digest, expires_at=NOW)

    fails = grants_born.issue(file, lost, event, person_id=person_id)
    done = asyncio.gather(spend(file), block(), fails, return_exceptions=True)
    ended = await asyncio.wait_for(done, 5)
    assert [type(one) for one in ended] == [bool, bool, sqlite3.IntegrityError]
    assert await is_spent(file, digest)
