"""Runs the driver against providers, in turn, and says each run's figures as they come."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Run, Setting, per_thousand
from tests.benchmarks.plan import Plan, Result
from tests.benchmarks.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.providers import Served


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - told here


def drive(plan: Plan) -> Result:
    """Run the driver, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.driver"]
    done = subprocess.run(
        command, input=plan.to_json(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Result.from_json(done.stdout)


@dataclass
class Runs:
    """What was measured so far; ``count`` operations in each run, in so many rounds."""

    rounds: int
    count: int
    done: list[Run] = field(default_factory=list)

    def alternate(
        self,
        served: Mapping[str, Served],
        scenario: str,
        alg: str = "ES256",
        connections: int = 16,
    ) -> list[Run]:
        """Measure each provider once a round, whoever was first before being last now."""
        names, found = list(served), []
        for number in range(self.rounds):
            for name in names:
                setting = Setting(name, scenario, alg, connections)
                found.append(self.once(setting, served[name], seed=len(self.done)))
            names.append(names.pop(0))
            _ = number
        return found

    def once(self, setting: Setting, served: Served, *, seed: int) -> Run:
        """Measure once."""
        plan = Plan(
            served.targets[setting.alg],
            setting.scenario,
            setting.connections,
            self.count,
            max(self.count // 5, 4 * setting.connections, 64),
            served.watch,
            seed,
        )
        run = Run(setting, drive(plan))
        self.done.append(run)
        say(told(run))
        return run


def told(run: Run) -> str:
    """Return a run in one line."""
    result = run.result
    parts = [f"{per_thousand(result, name):.3f} {name}" for name in result.cpu]
    share = result.driver_cpu / result.wall
    wrong = f"  WRONG {result.wrong}" if result.wrong else ""
    return (
        f"{run.setting}: CPU-s/1000 {' + '.join(parts)}; {result.count / result.wall:.0f}/s; "
        f"p50 {result.p50_ms:.1f} p95 {result.p95_ms:.1f} p99 {result.p99_ms:.1f} ms; "
        f"driver {share:.0%}{wrong}"
    )
