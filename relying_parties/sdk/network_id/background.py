"""One event loop in a thread of this process, on which the synchronous twin's work is done.

Rules. The thread starts at the first call. Every thread of the process shares it; a thread that
runs an event loop itself may call too (its own loop waits meanwhile). A process that was forked
starts one of its own: a thread does not survive a fork. The parent's loop is then kept, untouched,
for good: to close it would take the parent's sockets out of the poll that both share. The thread
ends with the process and never holds it up; whoever calls after that is told so and does not wait.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
SECONDS_TO_END: Final = 1.0


@dataclass
class _Process:
    lock: threading.Lock = field(default_factory=threading.Lock)
    loop: asyncio.AbstractEventLoop | None = None
    thread: threading.Thread | None = None
    has_ended: bool = False


_process = _Process()
_of_parents: list[_Process] = []


def loop() -> asyncio.AbstractEventLoop:
    """Return this process's loop, running. Raises RuntimeError when the process is ending."""
    with _process.lock:
        if _process.has_ended:
            raise RuntimeError("this process is ending: call earlier")
        if _process.loop is None:
            _process.loop = asyncio.new_event_loop()
            _process.thread = threading.Thread(
                target=_process.loop.run_forever, name="network-id", daemon=True
            )
            _process.thread.start()
        return _process.loop


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` on the loop and return what it returns, or raise what it raises.

    Whoever stops waiting (an interrupt, a worker's time limit) ends the work too. Raises
    RuntimeError when called on the loop itself, which would wait for itself for ever, and when the
    process is ending.
    """
    running = loop()
    if _process.thread is threading.current_thread():
        raise RuntimeError("on this thread use `await` and network_id.Platform")
    errand = _Errand(work)
    try:
        return asyncio.run_coroutine_threadsafe(errand.run(), running).result()
    except BaseException:
        # An interrupt comes at any moment, in the middle of handing the work over as well.
        with suppress(RuntimeError):  # the loop is closed: the process is ending
            running.call_soon_threadsafe(errand.stop)
        raise


class _Errand(Generic[T]):
    """Work on the loop that can be stopped by who does not know whether it has begun."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[Any] | None = None
        self._is_stopped = False

    async def run(self) -> T:
        if self._is_stopped:
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        return await self._work()

    def stop(self) -> None:
        self._is_stopped = True
        if self._task is not None:
            self._task.cancel()


def _begin_anew() -> None:
    global _process  # noqa: PLW0603  # a lock that another thread held at the fork stays locked
    _of_parents.append(_process)
    _process = _Process()


def has_ended() -> bool:
    """Tell whether the process is ending, and everything of the loop's with it."""
    return _process.has_ended


def _end() -> None:
    with _process.lock:
        _process.has_ended = True
    if _process.loop is not None and _process.thread is not None:
        _process.loop.call_soon_threadsafe(_process.loop.stop)
        _process.thread.join(SECONDS_TO_END)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
atexit.register(_end)
