"""A server process that is told to stop: not ready first, and then the web server hears of it."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from idp.cli import leaving
from idp.domain.signing_key import Policy
from idp.services.readiness import Readiness
from idp.storage.connect import connect
from tests.support.time import FrozenClock


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The signals that the web server has heard."""
    found: list[int] = []
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, leaving.LEAVE)}
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: found.append(number))
    yield found
    for one, handler in before.items():
        signal.signal(one, handler)


def draining(seconds: int) -> Readiness:
    database = connect("sqlite:///:memory:")
    readiness = Readiness(database, database, FrozenClock(), Policy(), drain_seconds=seconds)
    leaving.Leaving(readiness).listen()
    return readiness


async def test_it_serves_on_for_a_while_and_is_not_ready(heard: list[int]):
    readiness = draining(1)
    signal.raise_signal(signal.SIGTERM)
    assert readiness.draining
    await asyncio.sleep(0)
    assert heard == []
    while not heard:  # noqa: ASYNC110 - a signal handler tells nobody else
        await asyncio.sleep(0.05)
    assert heard == [signal.SIGTERM]


async def test_a_second_signal_is_heard_at_once(heard: list[int]):
    draining(600)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


async def test_without_a_time_to_drain_the_first_is(heard: list[int]):
    readiness = draining(0)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    assert readiness.draining


async def test_one_that_another_has_taken_the_place_of_is_ready_while_its_connections_leave(
    heard: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leaving, "LEAVE_SECONDS", 0.05)
    readiness = draining(0)
    signal.raise_signal(leaving.LEAVE)
    assert readiness.leaving
    assert not readiness.draining
    assert heard == []
    while not heard:  # noqa: ASYNC110 - a signal handler tells nobody else
        await asyncio.sleep(0.01)
    assert heard == [signal.SIGTERM]


async def test_one_that_leaves_and_is_told_to_stop_stops_at_once(heard: list[int]):
    draining(600)
    signal.raise_signal(leaving.LEAVE)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


async def test_ctrl_c_is_heard_at_once_and_connections_leave(heard: list[int]):
    readiness = draining(600)
    signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGINT]
    assert readiness.leaving
