"""The machine's own clock: the one place of the SDK that reads it. Tests pass another."""

from __future__ import annotations

import time


def system_clock() -> int:
    """Return whole seconds since the epoch, UTC."""
    return int(time.time())
