"""A clock that all processes of a drill share, and the product's waits made shorter by as much."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.domain import rotation as calendar
from idp.services import housekeeping, key_lives, rotation

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def hurry(clock: FastClock) -> None:
    """Let this process look as often, by this clock, as a server does by its own.

    And let a schedule's days be seconds: the settings know no shorter time than a day.
    """
    for module in (housekeeping, key_lives, rotation):
        module.PERIOD_SECONDS = clock.real(module.PERIOD_SECONDS)  # type: ignore[attr-defined]
    calendar.SECONDS_PER_DAY = 1  # type: ignore[attr-defined]
