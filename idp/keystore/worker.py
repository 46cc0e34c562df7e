"""One thread that alone speaks to a machine, and callers who never wait for it without end.

1. Works are done one after another, in the order they came.
2. Whoever has waited for longer than ``seconds`` is told so. A work that nobody waits for any more
   is not begun.
3. A work that hangs cannot be stopped, for it is inside somebody else's library. While it does,
   whoever comes is refused at once; when it ends, all goes on.
4. No more than ``most_waiting`` wait: a machine that is too slow for what is asked of it must not
   fill our memory.
5. The thread keeps no process from ending. After a fork the child begins with one of its own.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Any, TypeVar

Done = TypeVar("Done")


class WorkerBusy(Exception):
    """The machine is too slow, or stands still: the work was not done, or nobody knows."""


class Worker:
    """The thread. Every method may be called from any other."""

    _running: Future[Any] | None
    _overdue_at: float | None

    def __init__(self, name: str, *, most_waiting: int) -> None:
        self._name = name
        self._most_waiting = most_waiting
        self._begin()

    def do(self, work: Callable[[], Done], *, seconds: float) -> Done:
        """Return what ``work`` returns, or raise what it raises; raises WorkerBusy."""
        future = self._submit(work, seconds)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise self._gave_up(future, seconds) from None

    async def ask(self, work: Callable[[], Done], *, seconds: float) -> Done:
        """Do the same while the event loop goes on."""
        future = self._submit(work, seconds)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except TimeoutError:
            raise self._gave_up(future, seconds) from None

    def _gave_up(self, future: "Future[Any]", seconds: float) -> WorkerBusy:
        if future is self._running:
            self._overdue_at = monotonic()
        return WorkerBusy(f"no answer within {seconds:g} s")

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._works: queue.Queue[tuple[Future[Any], Callable[[], Any], float]]
        self._works = queue.Queue(self._most_waiting)
        self._stop()
        self._thread: threading.Thread | None = None

    def _stop(self) -> None:
        self._running = None
        self._overdue_at = None

    def _submit(self, work: Callable[[], Done], seconds: float) -> "Future[Done]":
        if self._process != os.getpid():  # a thread is not there in a child, its lock may be held
            self._begin()
        overdue_at = self._overdue_at
        if overdue_at is not None and monotonic() >= overdue_at:
            raise WorkerBusy("it has not come back from an earlier work")
        future: Future[Done] = Future()
        try:
            self._works.put_nowait((future, work, seconds))
        except queue.Full:
            raise WorkerBusy(f"{self._most_waiting} works wait already") from None
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            future, work, seconds = self._works.get()
            if not future.set_running_or_notify_cancel():
                continue
            self._running, self._overdue_at = future, monotonic() + seconds
            try:
                done = work()
            except BaseException as error:  # noqa: BLE001 - it is whoever waits that it is for
                self._stop()
                future.set_exception(error)
            else:
                self._stop()
                future.set_result(done)
            del future, work  # or a secret that was passed would live on until the next work
