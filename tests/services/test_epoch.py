"""A database that went back in time is not served by who has seen it younger."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.app import NotServable, last_seen
from idp.domain.epoch import TOLERATED_SECONDS, HalfRestored, WentBack
from idp.services.epoch import Epoch
from idp.storage import instance
from tests.support.provider import Provider, running
from tests.support.rows import NOW

YEAR = 365 * 86400


@pytest_asyncio.fixture
async def real(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False) as provider:
        yield provider


async def test_a_database_from_before_what_was_seen_is_refused_and_left_as_it_is(real: Provider):
    database, epoch = real.parts.database, Epoch()
    seen_at = await epoch.beat(database, now=NOW, seen_at=0)
    assert seen_at == NOW

    with pytest.raises(WentBack) as refused:
        await epoch.check(database, seen_at=NOW + TOLERATED_SECONDS + 1)
    with pytest.raises(WentBack):
        await epoch.beat(database, now=NOW + YEAR, seen_at=NOW + TOLERATED_SECONDS + 1)

    assert (refused.value.alive_at, refused.value.seen_at) == (NOW, NOW + TOLERATED_SECONDS + 1)
    await epoch.check(database, seen_at=NOW + TOLERATED_SECONDS)  # nothing was noted meanwhile


async def test_a_node_whose_clock_is_behind_makes_no_database_older(real: Provider):
    database, epoch = real.parts.database, Epoch()
    await epoch.beat(database, now=NOW, seen_at=0)

    assert await epoch.beat(database, now=NOW - 500, seen_at=0) == NOW


async def test_a_restore_that_has_not_ended_is_served_by_nobody(real: Provider):
    database, epoch = real.parts.database, Epoch()
    await instance.begin_restore(database)
    for doing in (epoch.check(database, seen_at=0), epoch.beat(database, now=NOW, seen_at=0)):
        with pytest.raises(HalfRestored):
            await doing

    await instance.end_restore(database, now=NOW)
    await epoch.check(database, seen_at=0)
    assert epoch.forgot(NOW - 1)
    assert not epoch.forgot(NOW)


async def test_what_to_run_is_said_and_a_sandbox_may_lose_its_last_moments(real: Provider):
    settings, database = real.parts.settings, real.parts.database
    last_seen.write(settings.home, NOW)

    with pytest.raises(NotServable, match=r"idp restore --home .* --acknowledge"):
        await last_seen.check(settings, Epoch(), database)
    sandbox = settings.model_copy(update={"sandbox": True})
    await last_seen.check(sandbox, Epoch(), database)

    (settings.home / last_seen.FILE).write_text("{ broken", encoding="utf-8")
    await last_seen.check(settings, Epoch(), database)


async def test_a_folder_that_cannot_be_written_to_stops_no_server(tmp_path: Path):
    last_seen.write(tmp_path / "not there", NOW)
    assert last_seen.read(tmp_path / "not there") == 0
