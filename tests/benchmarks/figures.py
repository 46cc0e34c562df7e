"""From runs to figures: medians over the rounds, ratios between providers, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmarks.plan import Result

# A driver that is busy for longer than this share of a core's time decides the rate itself.
MOST_OF_A_CORE: Final = 0.8
SERVER, DATABASE = "server", "database"
LOGINS: Final = "silent"


@dataclass(frozen=True)
class Setting:
    """What was measured: which provider, doing what, signed how, by how many at once.

    ``strangers`` are people in its database who never come.
    """

    provider: str
    scenario: str
    alg: str
    connections: int
    workers: int = 1
    strangers: int = 0

    def __str__(self) -> str:
        several = f", {self.workers} workers" if self.workers > 1 else ""
        several += f", {self.strangers} strangers" if self.strangers else ""
        return f"{self.scenario} at {self.provider}, {self.alg}, {self.connections}{several}"


@dataclass(frozen=True)
class Run:
    """One measured run of one round."""

    setting: Setting
    result: Result


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds. CPU in seconds per 1,000 operations, times in milliseconds.

    ``others`` is how many cores processes had that are no part of the bench; ``declined`` how often
    in 1,000 operations the provider asked to come back later.
    """

    setting: Setting
    rounds: int
    operations: int
    server_cpu: float
    database_cpu: float
    cpu_range: tuple[float, float]
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    driver_share: float
    others: float
    declined: float

    @property
    def cpu(self) -> float:
        """All processes that serve, the database's with them."""
        return self.server_cpu + self.database_cpu


def per_thousand(result: Result, *roots: str) -> float:
    """Return CPU seconds per 1,000 operations of some of the watched process trees, or of all."""
    spent = sum(result.cpu.get(root, 0.0) for root in roots or result.cpu)
    return spent / max(result.count, 1) * 1000


def refused(runs: Iterable[Run]) -> list[str]:
    """Return why these runs say nothing of the providers; empty when they do.

    A wrong answer is no login, however fast it came. And the driver must not be what was measured:
    neither busy all the time, nor, where rates and times are told, busier than those it drives.
    """
    found = []
    for run in runs:
        result = run.result
        found += [f"{run.setting}: {count} times {why}" for why, count in result.wrong.items()]
        share = result.driver_cpu / result.wall if result.wall else 0.0
        if share > MOST_OF_A_CORE:
            found.append(f"{run.setting}: the driver was busy {share:.0%} of the time")
        if run.setting.scenario == LOGINS and result.driver_cpu > sum(result.cpu.values()):
            found.append(f"{run.setting}: the driver worked more than the provider")
    return found


def figures(runs: Sequence[Run]) -> list[Figures]:
    """Return the figures of each setting, in the order in which they were first measured."""
    by_setting: dict[Setting, list[Result]] = {}
    for run in runs:
        by_setting.setdefault(run.setting, []).append(run.result)
    return [_figures(setting, results) for setting, results in by_setting.items()]


def _figures(setting: Setting, results: list[Result]) -> Figures:
    every = [per_thousand(one) for one in results]
    return Figures(
        setting=setting,
        rounds=len(results),
        operations=sum(one.count for one in results),
        server_cpu=median(per_thousand(one, SERVER) for one in results),
        database_cpu=median(per_thousand(one, DATABASE) for one in results),
        cpu_range=(min(every), max(every)),
        rate=median(one.count / one.wall for one in results),
        p50_ms=median(one.p50_ms for one in results),
        p95_ms=median(one.p95_ms for one in results),
        p99_ms=median(one.p99_ms for one in results),
        driver_share=median(one.driver_cpu / one.wall for one in results),
        others=median(_others(one) for one in results),
        declined=median(one.declined / max(one.count, 1) * 1000 for one in results),
    )


def _others(result: Result) -> float:
    known = result.driver_cpu + sum(result.cpu.values())
    return max(0.0, result.machine_cpu - known) / result.wall
