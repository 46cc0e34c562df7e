"""The machine's own clock and randomness: the one place that reads them. Tests pass others."""

from __future__ import annotations

import secrets
import time


def system_clock() -> int:
    """Return whole seconds since the epoch, UTC."""
    return int(time.time())


def system_bytes(count: int) -> bytes:
    """Return ``count`` random bytes."""
    return secrets.token_bytes(count)
