"""The long run: `make fuzz MINUTES=10`, or `python -m tests.fuzz --minutes 10`.

A third of the time each: requests by the published description (and against it) to a provider that
is served as operators serve it; hostile tokens at every place that reads one; the state machine
against the reference model. The exit code is 1 on any answer of 5xx, a lie that was taken, or a
divergence from the description or the model.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz import long_runs


def main() -> int:
    """Run all three, print the figures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long, all three together")
    parser.add_argument("--seed", type=int, default=0, help="another one tries other things")
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="network-id-fuzz-") as folder:
        for run in (long_runs.described, long_runs.hostile_tokens, long_runs.state_machine):
            place = Path(folder, run.__name__)
            place.mkdir()
            figures = run(place, asked.minutes * 20, asked.seed)
            print(figures.line(run.__name__.replace("_", " ")), flush=True)  # noqa: T201 - told here
            failed = failed or bool(figures.broken or figures.diverged)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
