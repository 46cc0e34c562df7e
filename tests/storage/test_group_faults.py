"""Of transactions that share a COMMIT none waits for ever, and none is kept that was refused.

Cancelled tasks, blocks that hang, a lock, a full disk, a read-only file.
"""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from idp.storage import grants, group, people, replays
from idp.storage.database import Row, Unavailable
from idp.storage.sqlite import Sqlite
from tests.support.one_file import is_spent, spend
from tests.support.rows import NOW, add_grant, add_person, unique

LARGE = 400_000  # bytes, for which no page is free


@pytest.fixture
def file(one_file: Sqlite) -> Sqlite:
    return one_file


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "WAIT_SECONDS", 0.05)


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


async def test_a_turn_given_in_the_moment_of_a_cancellation_goes_to_the_next(file: Sqlite):
    loop, blocks = asyncio.get_running_loop(), list[asyncio.Task[None]]()

    async def block() -> None:
        async with file.transaction():
            await asyncio.Event().wait()

    def cancel() -> list[Row]:
        loop.call_soon(blocks[0].cancel)  # the turn is given right after this, and heard of later
        return []

    first = asyncio.ensure_future(file._group.run(cancel))
    blocks.append(asyncio.ensure_future(block()))
    with pytest.raises(asyncio.CancelledError):
        await blocks[0]
    assert await asyncio.wait_for(spend(file), 1)
    assert await first == []


async def test_of_several_that_wait_the_one_that_is_cancelled_has_done_nothing(file: Sqlite):
    digests = [unique(32) for _ in range(3)]
    waiting = [asyncio.ensure_future(spend(file, digest)) for digest in digests]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.wait(waiting)
    assert [await is_spent(file, digest) for digest in digests] == [True, False, True]


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
        *(add_person(file, evidence_sealed=bytes(LARGE)) for _ in range(3)), return_exceptions=True
    )
    assert {type(one) for one in ended} == {Unavailable}
    with pytest.raises(Unavailable):
        async with file.transaction() as transaction:
            await add_person(transaction, evidence_sealed=bytes(LARGE))
    file._writer.execute("PRAGMA max_page_count = 1000000")
    assert isinstance(await add_person(file, evidence_sealed=bytes(LARGE)), bytes)


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
