"""Runs the driver against providers, in turn, and says each run's figures as they come."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.request import urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.benchmarks.figures import Run, Setting, per_thousand
from tests.benchmarks.plan import Plan, Result
from tests.benchmarks.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.providers import Served

_WARM, _WARM_CONNECTIONS, _WARM_SEED = 2000, 16, 999_999


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
        what: Setting,
        *,
        workers: Mapping[str, int] | None = None,
    ) -> None:
        """Measure each provider once a round, whoever was first before being last now.

        ``what`` says all but the provider. ``workers`` names those that have more than one process.
        """
        names = list(served)
        for _ in range(self.rounds):
            for name in names:
                setting = replace(what, provider=name, workers=(workers or {}).get(name, 1))
                self.once(setting, served[name], seed=len(self.done))
            names.append(names.pop(0))

    def warm(self, name: str, served: Served) -> None:
        """Let a provider work before it is measured: a compiler at run time needs some practice."""
        setting = Setting(name, "silent", next(iter(served.targets)), _WARM_CONNECTIONS)
        Runs(1, _WARM).once(setting, served, seed=_WARM_SEED)

    def once(self, setting: Setting, served: Served, *, seed: int) -> Run:
        """Measure once."""
        plan = Plan(
            served.target(setting),
            setting.scenario,
            setting.connections,
            self.count,
            max(self.count // 5, 4 * setting.connections, 64),
            served.watch,
            seed,
        )
        run = Run(setting, _verified(setting, served, drive(plan)))
        visits = served.target(setting).visits
        for place, token in run.result.newest.items():
            visits[int(place)] = replace(visits[int(place)], refresh_token=token)
        self.done.append(run)
        say(told(run))
        return run


def _verified(setting: Setting, served: Served, result: Result) -> Result:
    """Verify one ID token of a run: that it is signed, by that algorithm and a key of the JWKS."""
    if not result.id_token:
        return result
    target = served.target(setting)
    address = f"http://{target.host}:{target.port}{target.paths['jwks_uri']}"
    with urlopen(address, timeout=5) as answer:
        keys = KeySet.import_key_set(json.loads(answer.read()))
    try:
        jwt.decode(result.id_token, keys, algorithms=[setting.alg])
    except JoseError as error:
        wrong = {f"an ID token that is not verified: {error}": 1}
        return replace(result, wrong=result.wrong | wrong)
    return result


def told(run: Run) -> str:
    """Return a run in one line."""
    result = run.result
    parts = [f"{per_thousand(result, name):.3f} {name}" for name in result.cpu]
    share = result.driver_cpu / result.wall
    wrong = f"; {result.declined} declined" if result.declined else ""
    wrong += f"  WRONG {result.wrong}" if result.wrong else ""
    return (
        f"{run.setting}: CPU-s/1000 {' + '.join(parts)}; {result.count / result.wall:.0f}/s; "
        f"p50 {result.p50_ms:.1f} p95 {result.p95_ms:.1f} p99 {result.p99_ms:.1f} ms; "
        f"driver {share:.0%}{wrong}"
    )
