"""A clock that stands still and entropy that repeats, for tests that must always run alike."""

import random


class FrozenClock:
    """A clock that moves only when told to. Times are whole seconds since the epoch, UTC."""

    def __init__(self, now: int = 1_767_225_600) -> None:
        """Start at `now`; by default 2026-01-01T00:00:00Z."""
        self._now = now

    def now(self) -> int:
        return self._now

    def advance(self, seconds: int) -> None:
        """Move on; a clock never goes back, so a negative number is a mistake of the test."""
        if seconds < 0:
            raise ValueError("time does not go back: " + str(seconds))
        self._now += seconds


class SeededEntropy:
    """Entropy from a seeded generator: one seed, one sequence. For tests only, never secret."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, bound: int) -> int:
        """Uniform in [0, bound); raises ValueError when `bound` is not positive."""
        return self._random.randrange(bound)
