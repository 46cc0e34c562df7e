"""One thread for a machine; a work that hangs, or too many that wait, stop nobody else."""

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from idp.keystore.worker import Worker, WorkerBusy
from tests.support.forking import holds_in_a_child

SOON = 0.05
LONG = 30.0


@pytest.fixture
def worker() -> Worker:
    return Worker("test", most_waiting=3)


@pytest.fixture
def hanging(worker: Worker) -> Iterator[threading.Event]:
    """Have the worker hang in a work until the event comes."""
    begun, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        go_on.wait(LONG)

    with pytest.raises(WorkerBusy, match="no answer within"):
        worker.do(hang, seconds=SOON)
    assert begun.wait(LONG)
    yield go_on
    go_on.set()


def raises() -> None:
    raise KeyError("the work's own")


async def test_works_are_done_by_one_other_thread_in_their_order(worker: Worker):
    done: list[int] = []
    asked = [worker.ask(lambda n=n: done.append(n), seconds=LONG) for n in range(3)]  # type: ignore[misc]
    await asyncio.gather(*asked)
    assert done == [0, 1, 2]
    threads = {worker.do(threading.get_ident, seconds=LONG) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_what_a_work_raises_is_for_whoever_asked(worker: Worker):
    with pytest.raises(KeyError, match="own"):
        worker.do(raises, seconds=LONG)
    with pytest.raises(KeyError, match="own"):
        await worker.ask(raises, seconds=LONG)
    assert worker.do(lambda: 5, seconds=LONG) == 5


async def test_the_event_loop_goes_on_meanwhile(worker: Worker):
    go_on = threading.Event()
    asked = asyncio.create_task(worker.ask(lambda: go_on.wait(LONG), seconds=LONG))
    turns = 0
    while turns < 10:
        await asyncio.sleep(0)
        turns += 1
    assert not asked.done()
    go_on.set()
    assert await asked is True


async def test_while_a_work_hangs_whoever_comes_is_refused_at_once(
    worker: Worker, hanging: threading.Event
):
    for _ in range(2):
        with pytest.raises(WorkerBusy, match="not come back"):
            await worker.ask(lambda: 1, seconds=LONG)
        with pytest.raises(WorkerBusy, match="not come back"):
            worker.do(lambda: 1, seconds=LONG)
    hanging.set()
    for _ in range(1000):  # until it has come back
        try:
            assert worker.do(lambda: 1, seconds=LONG) == 1
        except WorkerBusy:
            await asyncio.sleep(0.01)
        else:
            return
    raise AssertionError("it never went on")


async def test_a_work_that_nobody_waits_for_any_more_is_not_begun(worker: Worker):
    go_on, done = threading.Event(), []
    first = asyncio.create_task(worker.ask(lambda: go_on.wait(LONG), seconds=LONG))
    await asyncio.sleep(0)
    with pytest.raises(WorkerBusy, match="no answer within"):
        await worker.ask(lambda: done.append("asked"), seconds=SOON)
    with pytest.raises(WorkerBusy, match="no answer within"):
        await asyncio.to_thread(worker.do, lambda: done.append("done"), seconds=SOON)
    gone = asyncio.create_task(worker.ask(lambda: done.append("gone"), seconds=LONG))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await asyncio.sleep(0)
    go_on.set()
    assert await first
    assert worker.do(lambda: list(done), seconds=LONG) == []


async def test_no_more_wait_than_may(worker: Worker):
    begun, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        go_on.wait(LONG)

    asked = [asyncio.create_task(worker.ask(hang, seconds=LONG))]
    await asyncio.to_thread(begun.wait, LONG)
    asked += [asyncio.create_task(worker.ask(lambda: None, seconds=LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(WorkerBusy, match="3 works wait"):
        await worker.ask(lambda: None, seconds=LONG)
    go_on.set()
    await asyncio.gather(*asked)


def test_a_child_of_a_fork_begins_with_a_thread_of_its_own(worker: Worker):
    assert worker.do(os.getpid, seconds=LONG) == os.getpid()
    assert holds_in_a_child(lambda: worker.do(os.getpid, seconds=LONG) == os.getpid())
    assert worker.do(os.getpid, seconds=LONG) == os.getpid()
