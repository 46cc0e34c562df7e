import asyncio
import time
from typing import Any, cast

import pytest

from idp.storage import health, logouts
from idp.storage.database import Database, Unavailable
from idp.storage.schema import Store


async def test_a_database_that_is_there_is_well(database: Database, store: Database):
    await health.check(database)
    await health.check(store)


async def test_a_server_that_runs_sees_that_its_databases_are_as_it_needs_them(
    database: Database, store: Database
):
    for name, connection in ((Store.PROVIDER, database), (Store.ENROLMENT, store)):
        assert await health.Revision(name).serves(connection)


async def test_the_time_of_a_database_server_is_told_in_seconds(database: Database):
    told = await health.time(database)
    if database.dialect == "sqlite":
        assert told is None
    else:
        assert told is not None
        assert abs(told - time.time()) < 60


async def test_a_backlog_is_counted_with_when_its_first_row_was_due(database: Database):
    assert await logouts.backlog(database) == (0, None)
    for number in range(3):
        row_id = bytes([number]) * 16
        await logouts.add(database, row_id=row_id, facts_sealed=b"", due_at=100 + number)
    assert await logouts.backlog(database) == (3, 100)
    for number in range(3):
        await logouts.remove(database, bytes([number]) * 16)


async def test_a_pool_tells_how_many_work_and_the_most_that_waited(database: Database):
    if database.dialect == "sqlite":
        assert database.use() is None
        return
    release = asyncio.Event()

    async def hold() -> None:
        async with database.transaction():
            await release.wait()

    holding = [asyncio.create_task(hold()) for _ in range(13)]
    while (use := database.use()) is None or use.opened < 10:  # noqa: ASYNC110 - of the driver
        await asyncio.sleep(0.01)
    assert (use.used, use.opened) == (10, 10)
    assert use.waited == 3
    release.set()
    await asyncio.gather(*holding)
    use = database.use()
    assert use is not None
    assert (use.used, use.waited) == (0, 3)
    use = database.use()
    assert use is not None
    assert use.waited == 0


async def test_a_database_server_tells_whether_it_keeps_what_was_committed(database: Database):
    told = await health.durability(database)
    if database.dialect == "sqlite":
        assert told == {}
    else:  # the tests' own server need not survive a power cut: see tests/support/postgres.py
        assert told == dict.fromkeys(health.DURABILITY, "off")


async def test_a_database_that_may_only_be_read_is_not_writable(database: Database):
    await health.check_writable(database)
    if database.dialect == "postgresql":
        async with database.snapshot() as snapshot:  # which only reads
            with pytest.raises(Unavailable):
                await health.check_writable(cast("Any", snapshot))
