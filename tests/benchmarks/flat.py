"""``python -m tests.benchmarks.flat``: what a login costs as the country around it grows.

One instance for each number of people, all measured in turn: what the machine does meanwhile
happens to all of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from idp.settings import load
from tests.benchmarks import ours, population
from tests.benchmarks.figures import figures, refused
from tests.benchmarks.providers import opened
from tests.benchmarks.runs import Runs, say
from tests.benchmarks.suites import GOAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.ours import Ours
    from tests.benchmarks.providers import Place, Provider

MAKERS = {"ours-sqlite": ours.on_sqlite, "ours-postgresql": ours.on_postgresql}


def among(make: Callable[[Place], Ours], strangers: int) -> Callable[[Place], Provider]:
    """Return what makes an instance with that many strangers in it."""

    def made(place: Place) -> Provider:
        instance = make(place)
        population.load(load(place.folder / "instance").database_url, strangers)
        return instance

    return made


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.flat")
    parser.add_argument("--provider", default="ours-postgresql", choices=MAKERS)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--signing-in", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--logins", type=int, default=2000)
    asked = parser.parse_args(arguments)
    makers = {f"{count} people": among(MAKERS[asked.provider], count) for count in asked.people}
    runs = Runs(asked.rounds, asked.logins)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        Path(name).chmod(0o755)  # PostgreSQL's own user comes through here
        served = {}
        for one in makers:
            provider = stack.enter_context(opened(one, Path(name), asked.signing_in, makers))
            served[one] = stack.enter_context(provider.serving())
        runs.alternate(served, GOAL)
    found = figures(runs.done)
    for figure in found:
        ratio = figure.cpu / found[0].cpu
        say(f"{figure.setting.provider}: {figure.cpu:.3f} CPU-s/1000, {ratio:.2f} x the first")
    wrong = refused(runs.done)
    for text in wrong:
        say(f"REFUSED: {text}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
