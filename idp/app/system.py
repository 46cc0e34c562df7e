"""The real clock and the real source of randomness: built here, passed in everywhere else."""

from __future__ import annotations

import secrets
import time


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return whole seconds since the epoch, UTC."""
        return int(time.time())


class SystemEntropy:
    """The operating system's random source."""

    def bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        return secrets.token_bytes(count)
