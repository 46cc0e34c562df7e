"""Time and randomness, as everything else sees them.

Both are passed in, so that a test decides what time it is and what is drawn. The real ones are
built in `idp.app` and nowhere else; the linter refuses every other source.
"""

import builtins
from typing import Final, Protocol

SECONDS_PER_DAY: Final = 86400


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Tell the whole seconds since 1970-01-01T00:00:00Z."""
        ...


class Entropy(Protocol):
    """Gives unpredictable values; the real one is the operating system's generator."""

    def bytes(self, count: int) -> builtins.bytes:
        """Draw exactly `count` independent, uniform bytes."""
        ...
