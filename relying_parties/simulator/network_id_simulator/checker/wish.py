"""What the owner of a platform asks for, and the world in which it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection


SHORTEST: Final = 1.0  # seconds between two tries at a platform that may itself be waiting
LONGEST: Final = 8.0


class CannotRunError(Exception):
    """The check can say nothing about the platform; the text says what it needs, in one line.

    ``code`` is stable. ``notes`` are what was seen, a line each.
    """

    def __init__(self, code: str, text: str, notes: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.notes = notes


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner of the platform asks for.

    ``probe`` and ``signed_in_text``: where and by what a sign-in shows. ``patience``: seconds that
    a platform may take to accept a new key, or to work again. ``thorough``: wait also where it
    pauses after an outage. ``only`` and ``skip`` name faults or groups.
    """

    probe: str | None = None
    signed_in_text: str | None = None
    patience: float = 60.0
    thorough: bool = False
    only: Collection[str] = ()
    skip: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Time, and where progress is told. ``tell`` hears what comes now, and how much there is."""

    sleep: Callable[[float], Awaitable[None]]
    monotonic: Callable[[], float]
    tell: Callable[[str, int], None]

    async def pause(self, waited: float) -> float:
        """Wait a little, longer when one has waited for long; return for how many seconds."""
        seconds = min(max(waited, SHORTEST), LONGEST)
        await self.sleep(seconds)
        return seconds
