"""SIGTERM as an orderly end: what is half made is taken back on the way out."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_TERMINATED = 128 + signal.SIGTERM


def end_in_order() -> None:
    """Let SIGTERM raise SystemExit from now on, as Ctrl-C raises KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(_TERMINATED)
