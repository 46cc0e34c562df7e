"""Whether a process should be sent requests, and how soon it says so."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.domain.signing_key import Policy
from idp.services import readiness
from idp.services.readiness import Readiness
from idp.storage.connect import connect
from idp.storage.database import Unavailable
from tests.support.time import FrozenClock


async def cause_of(asked: Readiness) -> Cause | None:
    try:
        await asked.check()
    except Refusal as refusal:
        return refusal.cause
    return None


async def test_a_process_that_was_told_to_stop_is_not_ready_and_one_that_is_replaced_is(
    tmp_path: Path,
):
    database = connect(f"sqlite:///{tmp_path / 'one.db'}")
    await database.open()
    told = Readiness(database, database, FrozenClock(), Policy())
    assert await cause_of(told) is None
    told.replaced = True
    assert await cause_of(told) is None
    told.draining = True
    assert await cause_of(told) is Cause.UNAVAILABLE
    await database.close()


async def test_a_database_that_hangs_is_told_of_before_whoever_asks_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def hanging(_connection: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(readiness, "_ENOUGH_SECONDS", 0.01)
    monkeypatch.setattr("idp.storage.health.check_writable", hanging)
    database = connect(f"sqlite:///{tmp_path / 'one.db'}")
    assert await cause_of(Readiness(database, database, FrozenClock(), Policy())) is (
        Cause.UNAVAILABLE
    )


async def test_however_many_ask_at_once_a_database_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked, may = [], asyncio.Event()

    async def asking(connection: Any) -> None:
        asked.append(connection)
        await may.wait()
        if len(asked) > 1:
            raise Unavailable("gone")

    monkeypatch.setattr("idp.storage.health.check_writable", asking)
    one, other = (connect(f"sqlite:///{tmp_path / name}.db") for name in "ab")
    told = Readiness(one, other, FrozenClock(), Policy())
    asking_at_once = [asyncio.create_task(told.check()) for _ in range(50)]
    await asyncio.sleep(0)
    asking_at_once.pop().cancel()  # who leaves takes the answer from nobody
    may.set()
    done, _ = await asyncio.wait(asking_at_once)
    assert {type(task.exception()) for task in done} == {Unavailable}
    assert asked == [one, other]
    with pytest.raises(Unavailable):  # and who comes later is told how it is by then
        await told.check()
    assert len(asked) == 3
