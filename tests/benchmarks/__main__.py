"""``make bench``, or ``python -m tests.benchmarks``: what a login costs, beside a peer."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks import ours, peer
from tests.benchmarks.figures import figures, refused
from tests.benchmarks.providers import NotHere, opened
from tests.benchmarks.runs import Runs, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.providers import Place, Provider

PROVIDERS: Final[dict[str, Callable[[Place], Provider]]] = {
    "ours-sqlite": ours.on_sqlite,
    "ours-sqlite-normal": ours.on_sqlite_normal,
    "ours-postgresql": ours.on_postgresql,
    "node-memory": peer.in_memory,
    "node-postgresql": peer.on_postgresql,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default="silent")
    parser.add_argument("--provider", action="append", choices=PROVIDERS)
    parser.add_argument("--alg", default="ES256")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--logins", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--people", type=int, default=100)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    runs = Runs(asked.rounds, asked.logins)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        served = {}
        for one in asked.provider or PROVIDERS:
            try:
                provider = stack.enter_context(opened(one, Path(name), asked.people, PROVIDERS))
                served[one] = stack.enter_context(provider.serving())
            except NotHere as why:
                say(f"{one} is left out: {why}")
        for scenario in asked.only.split(","):
            runs.alternate(served, scenario, asked.alg, asked.connections)
    for one in figures(runs.done):
        say(f"{one.setting}: {one.server_cpu:.3f} + {one.database_cpu:.3f}")
    wrong = refused(runs.done)
    for text in wrong:
        say(f"REFUSED: {text}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
