"""How a server process goes: its visitors first, each with an answer, and then itself."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from types import FrameType

LEAVE: Final = signal.SIGUSR1
"""What the first process sends to a worker that another has taken the place of."""
LEAVE_SECONDS: Final = 5  # by then a connection that is in use has met an answer that ends it


class Stays(Protocol):
    """What a process says of whether it stays: see ``idp.services.readiness``."""

    drain_seconds: int
    draining: bool
    replaced: bool

    @property
    def leaving(self) -> bool:
        """Whether connections should go to another process."""
        ...


class Leaving:
    """Hands signals to the web server a little later, and until then has connections leave.

    On SIGTERM the process is not ready at once; on ``LEAVE`` it is, because another has taken its
    place. A SIGTERM that follows is handed on at once, and so is SIGINT.
    """

    def __init__(self, readiness: Stays) -> None:
        """Take note of what the web server would do."""
        self._readiness = readiness
        self._server = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}

    def listen(self) -> None:
        """Hear signals in the web server's place."""
        signal.signal(signal.SIGTERM, self._drain)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(LEAVE, self._leave)

    def _drain(self, _number: int, frame: FrameType | None) -> None:
        again, self._readiness.draining = self._readiness.leaving, True
        self._later(0 if again else self._readiness.drain_seconds, frame)

    def _leave(self, _number: int, frame: FrameType | None) -> None:
        if not self._readiness.leaving:
            self._readiness.replaced = True
            self._later(max(LEAVE_SECONDS, self._readiness.drain_seconds), frame)

    def _end(self, _number: int, frame: FrameType | None) -> None:
        self._readiness.draining = True
        self._now(signal.SIGINT, frame)

    def _later(self, seconds: float, frame: FrameType | None) -> None:
        if not seconds:
            self._now(signal.SIGTERM, frame)
            return
        loop = asyncio.get_running_loop()
        later = partial(loop.call_later, seconds, self._now, signal.SIGTERM, frame)
        loop.call_soon_threadsafe(later)  # what a signal may do in the middle of anything

    def _now(self, number: signal.Signals, frame: FrameType | None) -> None:
        handler = self._server[number]
        if callable(handler):
            handler(number, frame)
