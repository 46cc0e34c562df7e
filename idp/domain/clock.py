"""Time and randomness, as everything else sees them.

Both are passed in, so that a test decides what time it is and what is drawn. The real ones are
built in `idp.app` and nowhere else; the linter refuses every other source.
"""

import builtins
from typing import Final, Protocol

SECONDS_PER_DAY: Final = 86400
# So far apart the clocks of two of our servers may be: each some five seconds from the right time.
# What one server noted is judged by another with that in mind, or it would be refused falsely.
NODE_SKEW_SECONDS: Final = 10


_UNITS: Final = ((2 * SECONDS_PER_DAY, SECONDS_PER_DAY, "days"), (2 * 3600, 3600, "hours"))


def till(seconds: int) -> str:
    """Say how long it is till something, for an operator: `now`, or in minutes, hours or days."""
    if seconds <= 0:
        return "now"
    for least, unit, name in _UNITS:
        if seconds >= least:
            return f"in {seconds // unit} {name}"
    minutes = -(-seconds // 60)  # rounded up: whoever comes then is not too early
    return f"in {minutes} minute{'' if minutes == 1 else 's'}"


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
