"""A clock that all processes of a drill share, and the product's waits made shorter by as much."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from idp.app import web
from idp.domain import rotation as calendar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BEGAN, _SPEED = "DRILL_BEGAN", "DRILL_SPEED"
_EPOCH: Final = 1_800_000_000


@dataclass(frozen=True)
class FastClock:
    """Runs ``speed`` times as fast as the machine's, from ``began`` (a machine's time) on."""

    began: float
    speed: float

    @classmethod
    def of_environment(cls) -> FastClock:
        return cls(float(os.environ[_BEGAN]), float(os.environ[_SPEED]))

    def to_environment(self) -> Mapping[str, str]:
        return {_BEGAN: str(self.began), _SPEED: str(self.speed)}

    def now(self) -> int:
        return _EPOCH + int((time.time() - self.began) * self.speed)

    def real(self, seconds: float) -> float:
        """Return how long this many of its seconds take."""
        return seconds / self.speed


class _Hurried:
    """What a server's own waits take for ``asyncio``."""

    def __init__(self, clock: FastClock) -> None:
        self._clock = clock

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self._clock.real(seconds))

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def hurry(clock: FastClock) -> None:
    """Let a server in this process look as often, by this clock, as one does by its own.

    And let a schedule's days be seconds: the settings know no shorter time than a day.
    """
    web.asyncio = _Hurried(clock)  # type: ignore[assignment,attr-defined]
    calendar.SECONDS_PER_DAY = 1  # type: ignore[attr-defined]


@contextmanager
def hurried(clock: FastClock) -> Iterator[None]:
    """Do as ``hurry`` for the length of the block: other tests run in this process."""
    patient, day = web.asyncio, calendar.SECONDS_PER_DAY  # type: ignore[attr-defined]
    hurry(clock)
    try:
        yield
    finally:
        web.asyncio, calendar.SECONDS_PER_DAY = patient, day  # type: ignore[attr-defined]
