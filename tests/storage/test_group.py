"""Transactions that share a COMMIT: durable before anybody is told, undone alone, held up by none.

SQLite alone: PostgreSQL's server does this by itself.
"""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from idp.storage import activity, grants, group, people, replays
from idp.storage.database import Unavailable
from idp.storage.sqlite import Sqlite
from tests.storage.conftest import sqlite_place
from tests.support.rows import (
    CONSENT,
    HOLDER,
    ITEMS,
    NOW,
    TODAY,
    add_grant,
    add_person,
    add_pseudonym,
    new_event,
    new_grant,
    put_consent,
    unique,
)


@pytest_asyncio.fixture
async def file(tmp_path: Path) -> AsyncIterator[Sqlite]:
    await asyncio.to_thread(sqlite_place, tmp_path)
    database = Sqlite(str(tmp_path / "provider.db"), durable=False)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "WAIT_SECONDS", 0.05)


@contextmanager
def told(database: Sqlite) -> Iterator[list[str]]:
    """The first word of every statement that the writing connection runs."""
    words: list[str] = []
    database._writer.set_trace_callback(lambda sql: words.append(sql.split()[0]))
    yield words
    database._writer.set_trace_callback(None)


async def spend(database: Sqlite, digest: bytes | None = None) -> bool:
    return await replays.spend(database, digest or unique(32), expires_at=NOW + 60)


async def is_spent(file: Sqlite, digest: bytes) -> bool:
    """Whether somebody else who opens the file finds it."""
    path = file._path
    other = sqlite3.connect(path)
    found = other.execute("SELECT 1 FROM replays WHERE digest = ?", [digest]).fetchall()
    other.close()
    return bool(found)


async def test_who_writes_at_once_shares_a_commit(file: Sqlite):
    with told(file) as words:
        assert all(await asyncio.gather(*(spend(file) for _ in range(16))))
    assert words.count("BEGIN") == words.count("COMMIT") == 1
    assert words.count("INSERT") == 16


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
        grants.issue(file, lost, event, person_id=person_id),
        grants.issue(file, kept, new_event(), person_id=person_id),
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
            await grants.issue(transaction, lost, event, person_id=person_id)
    assert await is_spent(file, digest)
    assert await grants.find(file, lost.id) is None


@pytest.mark.parametrize("within", [False, True])
async def test_a_pushed_request_that_is_gone_leaves_no_grant(file: Sqlite, within: bool):
    person_id, grant = await add_person(file), new_grant()
    await add_pseudonym(file, HOLDER)
    await put_consent(file, CONSENT)
    consent = grants.Remembered(person_id, ITEMS, TODAY, pushed=unique(32))
    if within:
        async with file.transaction() as transaction:
            assert not await grants.issue_remembered(transaction, grant, new_event(), consent)
    else:
        assert not await grants.issue_remembered(file, grant, new_event(), consent)
    assert await grants.find(file, grant.id) is None


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


async def test_who_is_cancelled_while_waiting_has_done_nothing(file: Sqlite):
    digests = [unique(32), unique(32)]
    entered = asyncio.Event()

    async def block() -> None:
        async with file.transaction() as transaction:
            entered.set()
            await replays.spend(transaction, digests[1], expires_at=NOW)

    async with file.transaction():
        waiting = [asyncio.ensure_future(spend(file, digests[0])), asyncio.ensure_future(block())]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    assert not entered.is_set()
    assert not any([await is_spent(file, digest) for digest in digests])
    assert await spend(file)


async def test_a_turn_given_to_one_who_is_cancelled_goes_to_the_next(file: Sqlite):
    async def block() -> None:
        async with file.transaction():
            await asyncio.Event().wait()

    waiting: asyncio.Task[None]
    async with file.transaction() as transaction:
        waiting = asyncio.ensure_future(block())
        await asyncio.sleep(0)
        await add_person(transaction)
    # Its turn comes with the end of the one before; it is cancelled before it hears of it.
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.wait_for(spend(file), 1)


async def test_who_is_cancelled_while_it_commits_leaves_all_or_nothing(file: Sqlite):
    for ticks in range(6):
        digests = [unique(32), unique(32)]

        async def block(digests: list[bytes] = digests) -> None:
            async with file.transaction() as transaction:
                for digest in digests:
                    await replays.spend(transaction, digest, expires_at=NOW)
                    await asyncio.sleep(0)

        task = asyncio.ensure_future(block())
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert await spend(file)
        found = [await is_spent(file, digest) for digest in digests]
        assert found in ([True, True], [False, False])
        assert task.cancelled() or found == [True, True]


async def test_a_block_that_writes_past_itself_is_told_so_and_goes_on(
    file: Sqlite, impatient: None
):
    """It waits for its own end: as long as for any other lock, and no longer."""
    async with file.transaction() as transaction:
        person_id = await add_person(transaction)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(spend(file), 2)
        with pytest.raises(Unavailable):
            async with file.transaction():
                pass
    assert await people.find(file, person_id) is not None


async def test_who_has_run_is_not_held_up_for_ever_by_a_block_that_hangs(
    file: Sqlite, impatient: None
):
    digest, lost, held = unique(32), unique(), asyncio.Event()

    async def hang() -> None:
        async with file.transaction() as transaction:
            await add_person(transaction, id=lost)
            await held.wait()
            await add_person(transaction)

    writing, hanging = asyncio.ensure_future(spend(file, digest)), asyncio.ensure_future(hang())
    assert await asyncio.wait_for(writing, 2)
    held.set()
    with pytest.raises(Unavailable):
        await hanging
    assert await is_spent(file, digest)
    assert await people.find(file, lost) is None
    assert await spend(file)


async def test_a_block_that_was_given_up_is_not_told_that_it_is_kept(file: Sqlite, impatient: None):
    async def hang() -> None:
        async with file.transaction() as transaction:
            await add_person(transaction)
            await asyncio.sleep(0.2)

    done, hanging = await asyncio.gather(spend(file), hang(), return_exceptions=True)
    assert done is True
    assert isinstance(hanging, Unavailable)


@contextmanager
def full_disk(file: Sqlite) -> Iterator[None]:
    """Let no file grow beyond what its log has now: the next COMMIT meets the end of the disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{file._path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_commit_that_meets_a_full_disk_is_told_to_all_and_leaves_nothing(file: Sqlite):
    digests = [unique(32) for _ in range(4)]

    async def block(digest: bytes) -> None:
        async with file.transaction() as transaction:
            await replays.spend(transaction, digest, expires_at=NOW)

    with full_disk(file):
        ended = await asyncio.gather(
            *(spend(file, digest) for digest in digests[:2]),
            *(block(digest) for digest in digests[2:]),
            return_exceptions=True,
        )
    assert [type(one) for one in ended] == [Unavailable] * 4
    assert not any([await is_spent(file, digest) for digest in digests])
    assert all([await spend(file, digest) for digest in digests])


async def test_a_statement_that_meets_a_full_file_is_unavailable_and_the_next_works(file: Sqlite):
    (pages,) = file._writer.execute("PRAGMA page_count").fetchone()
    file._writer.execute(f"PRAGMA max_page_count = {pages}")
    ended = await asyncio.gather(
        *(add_person(file, evidence_sealed=bytes(9000)) for _ in range(3)), return_exceptions=True
    )
    assert {type(one) for one in ended} == {Unavailable}
    with pytest.raises(Unavailable):
        async with file.transaction() as transaction:
            await add_person(transaction, evidence_sealed=bytes(9000))
    file._writer.execute("PRAGMA max_page_count = 1000000")
    assert isinstance(await add_person(file, evidence_sealed=bytes(9000)), bytes)


async def test_a_transaction_that_sqlite_gave_up_is_not_gone_on_with(file: Sqlite):
    """As after an I/O error: a block that does not mind is told at its end, and so are others."""
    digests = [unique(32), unique(32)]

    async def block() -> None:
        async with file.transaction() as transaction:
            await replays.spend(transaction, digests[1], expires_at=NOW)
            file._writer.execute("ROLLBACK")  # what SQLite does by itself
            with pytest.raises(sqlite3.IntegrityError):
                await add_person(transaction, id=None)
            with pytest.raises(Unavailable):
                await add_person(transaction)

    ended = await asyncio.gather(spend(file, digests[0]), block(), return_exceptions=True)
    assert [type(one) for one in ended] == [Unavailable, Unavailable]
    assert not any([await is_spent(file, digest) for digest in digests])
    assert await spend(file)


async def test_a_file_that_is_read_only_is_unavailable_for_writing_alone(file: Sqlite):
    grant = await add_grant(file)
    file._writer.execute("PRAGMA query_only = ON")
    ended = await asyncio.gather(spend(file), grants.redeem(file, grant.id), return_exceptions=True)
    assert [type(one) for one in ended] == [Unavailable, Unavailable]
    assert await grants.find(file, grant.id) is not None
    file._writer.execute("PRAGMA query_only = OFF")
    assert await grants.redeem(file, grant.id)


async def test_while_another_process_writes_all_wait_and_nobody_for_ever(
    file: Sqlite, impatient: None
):
    other = sqlite3.connect(file._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def block() -> None:
        async with file.transaction() as transaction:
            await add_person(transaction)

    ended = await asyncio.wait_for(
        asyncio.gather(*(spend(file) for _ in range(3)), block(), return_exceptions=True), 2
    )
    assert [type(one) for one in ended] == [Unavailable] * 4
    other.execute("COMMIT")
    other.close()
    assert await spend(file)


async def test_who_waits_while_the_file_is_closed_is_refused(file: Sqlite):
    async with file.transaction():
        waiting = asyncio.ensure_future(spend(file))
        await asyncio.sleep(0)
        file._group.close()
        with pytest.raises(Unavailable):
            await waiting
