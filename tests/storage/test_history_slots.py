"""History on PostgreSQL: a ring of partitions, each emptied as a whole when it is over."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from idp.domain.activity import OLD_SLOT, SLOTS, first_kept_day, slot
from idp.services import housekeeping
from idp.storage import activity, schema
from idp.storage.connect import connect
from idp.storage.database import Database
from idp.storage.schema import Store
from tests.storage.conftest import Opening, Place
from tests.support.rows import TODAY, new_event, unique
from tests.support.time import FrozenClock

pytestmark = pytest.mark.postgres


@pytest_asyncio.fixture
async def database(postgres_place: Place, open_node: Opening) -> Database:
    return await open_node(postgres_place.provider)


async def add(database: Database, day: int, place: int | None = None) -> bytes:
    event = new_event(day=day, slot=slot(day, 90) if place is None else place)
    await activity.add(database, event)
    return event.tag


async def left(database: Database, *tags: bytes) -> list[int]:
    return sorted(row["day"] for row in await activity.of_tags(database, tags))


async def test_a_slot_goes_when_its_last_day_is_over_and_not_before(database: Database):
    first = next(day for day in range(TODAY, TODAY + 9) if slot(day, 90) != slot(day - 1, 90))
    tags = [await add(database, day) for day in range(first, first + 8)]

    assert await activity.empty_slots(database, before=first + 3) == 0
    assert await activity.empty_slots(database, before=first + 4) == 4
    assert await left(database, *tags) == [*range(first + 4, first + 8)]


async def test_a_slot_that_holds_a_day_that_is_kept_is_not_emptied(database: Database):
    """The ring has come round to it: nobody swept for long."""
    tags = [await add(database, day, 5) for day in (TODAY - 200, TODAY)]
    assert await activity.empty_slots(database, before=TODAY) == 0
    assert await left(database, *tags) == [TODAY - 200, TODAY]


async def test_a_slot_to_which_the_ring_came_while_it_was_waited_for_is_not_emptied(
    database: Database,
):
    tags = [await add(database, day, 5) for day in (TODAY - 200, TODAY)]
    assert await activity._empty(database, 5, TODAY) == 0
    assert await left(database, *tags) == [TODAY - 200, TODAY]


async def test_what_lies_in_a_slot_of_other_days_leaves_row_by_row(
    database: Database, clock: FrozenClock
):
    today = clock.now() // 86400
    tags = [await add(database, day, OLD_SLOT) for day in (today - 200, today - 90, today)]
    assert (await housekeeping.prune(database, clock))["activity"] == 1
    assert await left(database, *tags) == [today - 90, today]


async def test_a_slot_that_somebody_reads_stays_and_holds_up_nobody(
    database: Database, postgres_place: Place
):
    """A backup reads the whole table for hours; people sign in meanwhile."""
    tag = await add(database, TODAY - 200)
    reader: Any = await asyncpg.connect(postgres_place.provider)
    async with reader.transaction():
        await reader.fetch("SELECT count(*) FROM activity")
        assert await activity.empty_slots(database, before=TODAY) == 0
        assert await left(database, tag, await add(database, TODAY)) == [TODAY - 200, TODAY]
    await reader.close()
    assert await activity.empty_slots(database, before=TODAY) == 1


async def test_what_would_go_is_what_goes_and_nobody_waits_for_the_count(
    database: Database, postgres_place: Place, clock: FrozenClock
):
    today = clock.now() // 86400
    for day, place in [(today - 200, None), (today - 91, OLD_SLOT), (today - 200, OLD_SLOT)]:
        await add(database, day, place)
    await add(database, today, OLD_SLOT)
    reader: Any = await asyncpg.connect(postgres_place.provider)
    async with reader.transaction():
        await reader.fetch("SELECT count(*) FROM activity")
        told = await housekeeping.would_prune(database, database, clock)
    await reader.close()
    assert told["activity"] == (await housekeeping.prune(database, clock))["activity"] == 2


@pytest.mark.parametrize("kept_days", [1, 29, 90, 365])
def test_the_ring_comes_round_to_no_slot_whose_days_are_kept(kept_days: int):
    for today in range(TODAY, TODAY + 2 * SLOTS):
        first = first_kept_day(today, kept_days)
        late = slot(first - 1, kept_days)  # one more, whose turn is late
        assert late != slot(today, kept_days)
        kept = {slot(day, kept_days) for day in range(first, today + 1)}
        assert kept <= set(range(1, SLOTS + 1))
        assert slot(today + 1, kept_days) == slot(today, kept_days) or (
            slot(today + 1, kept_days) not in kept
        )


@pytest.fixture
def before(postgres_url_of: Callable[[str], str]) -> str:
    return postgres_url_of("0004_operators")


@pytest.fixture
def postgres_url_of(postgres: Any) -> Callable[[str], str]:
    def made(revision: str) -> str:
        url: str = postgres.new_database()
        schema.upgrade(Store.PROVIDER, url, revision)
        return url

    return made


async def test_a_history_of_before_is_kept_and_an_older_server_still_writes(before: str):
    """Expand first: servers of both versions write while they are replaced one by one."""
    driver: Any = await asyncpg.connect(before)
    old = "INSERT INTO activity (id, tag, facts_sealed, day) VALUES ($1, $2, $3, $4)"
    await driver.execute(old, unique(), b"tag", b"sealed", TODAY - 1)

    schema.upgrade(Store.PROVIDER, before)

    await driver.execute(old, unique(), b"tag", b"sealed", TODAY)
    await driver.close()
    database = connect(before)
    await database.open()
    await activity.add(database, new_event(tag=b"tag", slot=7))
    rows = await activity.of_tags(database, [b"tag"])
    assert sorted((row["day"], row["slot"]) for row in rows) == [
        (TODAY - 1, OLD_SLOT),
        (TODAY, OLD_SLOT),
        (TODAY, 7),
    ]
    await database.close()
