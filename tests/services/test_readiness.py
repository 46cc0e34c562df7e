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
