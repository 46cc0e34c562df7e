"""Connections to PostgreSQL: never more than allowed, none lost, none kept that is dead."""

import asyncio
from contextlib import suppress

import pytest

from idp.storage import pool as pool_module
from idp.storage.database import Unavailable, Use
from idp.storage.pool import Held, Limits, Pool

LIMITS = Limits(connections=2, wait_seconds=0.05, statement_seconds=0.1)


class Driver:
    """As much of a connection as the pool asks; that of asyncpg is in test_unavailable.py."""

    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def close(self, **_: object) -> None:
        self.closed = True


async def connect() -> Driver:
    await asyncio.sleep(0)
    return Driver()


async def refuse() -> Driver:
    await asyncio.sleep(0)
    raise Unavailable("ConnectionRefusedError")


async def taken(pool: Pool, count: int = 2) -> list[Held]:
    return [await pool.take() for _ in range(count)]


async def test_who_finds_none_free_waits_and_is_refused_in_time():
    pool = Pool(connect, LIMITS)
    held = await taken(pool)
    with pytest.raises(Unavailable):
        await pool.take()
    pool.give(held[0])
    assert await pool.take() is held[0]


async def test_who_is_refused_while_one_is_given_back_is_told_so():
    """The time is over, and before the one who waits hears of it, a connection comes back."""
    pool = Pool(connect, Limits(connections=1, wait_seconds=0.01))
    (held,) = await taken(pool, 1)
    waiting = asyncio.ensure_future(pool.take())
    await asyncio.sleep(0)
    turn = pool._turns[0]
    pool_module._too_long(turn)
    pool.give(held)
    with pytest.raises(Unavailable):
        await waiting
    assert await pool.take() is held


async def test_who_waits_is_served_in_turn():
    pool = Pool(connect, Limits(connections=1))
    (held,) = await taken(pool, 1)
    served: list[int] = []

    async def wait(number: int) -> None:
        mine = await pool.take()
        served.append(number)
        pool.give(mine)

    waiting = [asyncio.ensure_future(wait(number)) for number in range(5)]
    await asyncio.sleep(0)
    pool.give(held)
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2, 3, 4]


async def test_who_leaves_at_the_moment_it_is_served_loses_no_connection():
    pool = Pool(connect, Limits(connections=1))
    (held,) = await taken(pool, 1)
    leaving = asyncio.ensure_future(pool.take())
    await asyncio.sleep(0)
    pool.give(held)
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        pool.give(await leaving)
    assert await asyncio.wait_for(pool.take(), 1) is held


async def test_a_connection_that_died_while_it_was_idle_is_replaced():
    pool = Pool(connect, LIMITS)
    (held,) = await taken(pool, 1)
    pool.give(held)
    held.driver.closed = True
    again = await pool.take()
    assert again is not held
    assert not again.driver.closed


async def test_where_one_is_lost_the_idle_ones_go_too():
    pool = Pool(connect, LIMITS)
    first, second = await taken(pool)
    pool.give(second)
    pool.drop(first, all_idle=True)
    assert (first.driver.closed, second.driver.closed) == (True, True)
    assert pool.use() == Use(0, 0, 0)


async def test_who_waits_connects_when_somebody_elses_connection_is_lost():
    pool = Pool(connect, Limits(connections=1, wait_seconds=5))
    (held,) = await taken(pool, 1)
    waiting = asyncio.ensure_future(pool.take())
    await asyncio.sleep(0)
    pool.drop(held)
    assert (await asyncio.wait_for(waiting, 1)) is not held


async def test_a_server_that_refuses_lets_nobody_wait_for_ever():
    pool = Pool(refuse, Limits(connections=1, wait_seconds=5))
    asking = [asyncio.ensure_future(pool.take()) for _ in range(4)]
    done = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 1)
    assert [type(one) for one in done] == [Unavailable] * 4
    assert pool.use().opened == 0


async def test_a_server_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool_module, "_SILENT_SECONDS", 0.0)
    pool = Pool(connect, LIMITS)
    await pool.open()
    held = await pool.take()
    held.since = asyncio.get_running_loop().time()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if held.driver.closed:
            break
    assert held.driver.closed
    pool.drop(held)
    await pool.close()


async def test_what_a_peak_opened_is_closed_when_it_was_idle_for_long(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(pool_module, "_IDLE_SECONDS", 0.0)
    pool = Pool(connect, LIMITS)
    await pool.open()
    for held in await taken(pool):
        pool.give(held)
    for _ in range(100):
        await asyncio.sleep(0.02)
        if pool.use().opened == 1:
            break
    assert pool.use() == Use(0, 1, 0)
    await pool.close()


async def test_the_peak_is_told_once():
    pool = Pool(connect, LIMITS)
    held = await taken(pool)
    with pytest.raises(Unavailable):
        await pool.take()
    assert pool.use() == Use(2, 2, 1)
    pool.give(held[0])
    assert pool.use() == Use(1, 2, 0)


async def test_closing_waits_for_a_statement_under_way_though_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(pool_module, "_SILENT_SECONDS", 0.0)
    pool = Pool(connect, LIMITS)
    first, second = await taken(pool)
    closing = asyncio.ensure_future(pool.close())
    await asyncio.sleep(0)
    pool.give(first)
    await asyncio.sleep(0)
    assert not closing.done()
    await closing
    assert (first.driver.closed, second.driver.closed) == (True, True)
