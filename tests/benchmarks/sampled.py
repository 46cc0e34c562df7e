"""Our server with its CPU time sampled: ``python -m tests.benchmarks.sampled serve …``.

SIGUSR2 begins; when the server ends, what was seen goes to the file in ``BENCH_SAMPLES``. A sample
is taken at each tick of the CPU time that the process used, whatever it used it for: what a C
library or the kernel does counts for the Python line that asked for it.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from idp.cli import main

if TYPE_CHECKING:
    from types import CodeType, FrameType

VARIABLE: Final = "BENCH_SAMPLES"
BEGIN: Final = signal.SIGUSR2
STEP_SECONDS: Final = 0.001  # the kernel's tick, some 4 ms, is the least that comes

_seen: Counter[tuple[CodeType, ...]] = Counter()


def _sample(_number: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        stack.append(frame.f_code)
        frame = frame.f_back
    _seen[tuple(stack)] += 1


def _begin(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, STEP_SECONDS, STEP_SECONDS)


def _write() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    stacks = [
        [[f"{code.co_filename}:{code.co_qualname}" for code in stack], count]
        for stack, count in _seen.items()
    ]
    Path(os.environ[VARIABLE]).write_text(json.dumps(stacks), encoding="utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGPROF, _sample)
    signal.signal(BEGIN, _begin)
    atexit.register(_write)
    sys.exit(main())
