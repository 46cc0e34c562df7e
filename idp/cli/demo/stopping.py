"""Signals that end the demo: noted, and looked at where it is safe to stop."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_STEP_SECONDS = 0.1


class Stopped(Exception):
    """Somebody asked for the end."""


class Stopping:
    """Notes SIGINT, SIGTERM and SIGHUP from now on.

    A note and no exception: cleaning up must not be cut short by a second Ctrl-C. Installed even
    where the shell had SIGINT ignored, as it does for what it runs in the background.
    """

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under `nohup`
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def check(self) -> None:
        """Raise Stopped when the end was asked for."""
        if self._asked:
            raise Stopped

    def pause(self) -> None:
        """Wait a moment; raises Stopped."""
        self.check()
        time.sleep(_STEP_SECONDS)
        self.check()
