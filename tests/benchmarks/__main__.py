"""``make bench``, or ``python -m tests.benchmarks``: what a login costs, beside a peer."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.ours import prepare
from tests.benchmarks.plan import Plan, Result
from tests.benchmarks.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - told here


def measure(plan: Plan) -> Result:
    """Run the driver, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.driver"]
    done = subprocess.run(
        command, input=plan.to_json(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Result.from_json(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default="silent")
    parser.add_argument("--provider", default="ours-sqlite")
    parser.add_argument("--alg", default="ES256")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--logins", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        ours = prepare(Path(name))
        figures, wrong = [], 0
        with ours.serving() as process:
            for number in range(asked.rounds):
                plan = Plan(
                    ours.targets[asked.alg],
                    "silent",
                    asked.connections,
                    asked.logins,
                    asked.logins // 5,
                    {"server": process.pid},
                    number,
                )
                result = measure(plan)
                cost = result.cpu["server"] / max(result.count, 1) * 1000
                figures.append(cost)
                wrong += sum(result.wrong.values())
                say(
                    f"{asked.provider} {asked.alg} {asked.connections} connections: "
                    f"{cost:.3f} CPU-s/1000, {result.count / result.wall:.0f}/s, p50 "
                    f"{result.p50_ms:.1f} p95 {result.p95_ms:.1f} p99 {result.p99_ms:.1f} ms, "
                    f"driver {result.driver_cpu / result.wall:.0%} of a core {result.wrong or ''}"
                )
        say(f"median {median(figures):.3f} CPU-seconds of the server per 1,000")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
