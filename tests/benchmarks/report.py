"""What is written down: ``BENCHMARKS.md`` between its marks, the same as JSON, and a chart."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks import goals
from tests.benchmarks.chart import Bar, draw
from tests.benchmarks.figures import figures
from tests.benchmarks.machine import describe
from tests.benchmarks.running import ROOT
from tests.benchmarks.suites import GOAL, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.benchmarks.figures import Figures
    from tests.benchmarks.goals import Goal
    from tests.benchmarks.suites import Bench

PAGE: Final = ROOT / "BENCHMARKS.md"
CHART: Final = ROOT / "docs" / "benchmarks.svg"
DATA: Final = ROOT / "docs" / "benchmarks.json"
MARKS: Final = "<!-- {}: written by `make bench` with --write -->"
LOGINS, PROFILE, SOAK, POPULATION = "logins", "profile", "soak", "population"
BUSY: Final = 0.15  # cores that somebody else had meanwhile
NAMES: Final = {
    "ours-sqlite": "ours, SQLite FULL",
    "ours-sqlite-normal": "ours, SQLite NORMAL",
    "ours-postgresql": "ours, PostgreSQL",
    "node-memory": "Node, in memory",
    "node-postgresql": "Node, PostgreSQL",
}


def name_of(one: Figures) -> str:
    """Return what a provider is called in tables."""
    provider, workers = one.setting.provider, one.setting.workers
    if one.setting.strangers:
        return f"{NAMES[provider]}, {one.setting.strangers:,} people"
    return NAMES[provider] if workers == 1 else f"{NAMES[provider[:-2]]}, {workers} workers"


def measured(how: str, busy: float) -> str:
    """Return when and how, and a warning when others had ``busy`` cores meanwhile."""
    told = f"Measured {datetime.now(tz=UTC).date().isoformat()}, {how}."
    if busy <= BUSY:
        return told
    return (
        f"{told} **The machine was busy**: processes that are no part of the bench had "
        f"{busy:.1f} of its cores. Ratios of what was measured in turn say something; CPU seconds "
        "are higher than they would be alone, and times and rates say nothing."
    )


def busy_cores(every: Sequence[Figures]) -> float:
    """Return how many cores processes had that are no part of the bench, at the median."""
    return median(one.others for one in every) if every else 0.0


class Report:
    """Everything that is told of a bench that was not refused."""

    def __init__(self, bench: Bench) -> None:
        self.figures = figures(bench.runs.done)
        self.bench = bench
        self.goals = self._goals()

    @property
    def silent(self) -> dict[str, Figures]:
        """The logins that the goals are about, by provider."""
        return {
            one.setting.provider: one
            for one in self.figures
            if (one.setting.scenario, one.setting.alg) == (GOAL.scenario, GOAL.alg)
            and (one.setting.connections, one.setting.workers) == (GOAL.connections, GOAL.workers)
        }

    @property
    def busy(self) -> float:
        """How many cores processes had that are no part of the bench, at the median."""
        return busy_cores(self.figures)

    def _goals(self) -> list[Goal]:
        workers: dict[tuple[str, int], Figures] = {
            (one.setting.provider.removesuffix("-2"), one.setting.workers): one
            for one in self.figures
            if one.setting.connections not in {1, GOAL.connections, 64}
        }
        scaled = [
            goals.scaling(workers[base, 1], two, os.cpu_count() or 1)
            for (base, count), two in workers.items()
            if count > 1
        ]
        silent = self.silent
        return [
            *goals.ratios(silent),
            *goals.tails(silent),
            *scaled,
            *goals.memories(self.bench.memory),
        ]

    def lines(self) -> list[str]:
        """Return the report in Markdown."""
        return [
            *self._head(),
            *goal_table(self.goals),
            *self._login_tables(),
            *self._other_table(),
            *self._starts(),
            *self._machine(),
        ]

    def _head(self) -> list[str]:
        rounds = max((one.rounds for one in self.figures), default=0)
        return [measured(f"{rounds} rounds in turn, medians", self.busy), ""]

    def _login_tables(self) -> list[str]:
        found: dict[tuple[str, int], list[Figures]] = {}
        for one in self.figures:
            if one.setting.scenario == GOAL.scenario:
                found.setdefault((one.setting.alg, one.setting.connections), []).append(one)
        lines = []
        for (alg, connections), every in found.items():
            lines += [f"### Silent logins, {alg}, {connections} at once", "", *table(every), ""]
        return lines

    def _other_table(self) -> list[str]:
        others = [one for one in self.figures if one.setting.scenario != GOAL.scenario]
        if not others:
            return []
        providers = [name for name in PROVIDERS if any(o.setting.provider == name for o in others)]
        head = ["operation", *(NAMES[name] for name in providers)]
        rows = []
        for scenario in dict.fromkeys(one.setting.scenario for one in others):
            cpu = {o.setting.provider: o.cpu for o in others if o.setting.scenario == scenario}
            values = [f"{cpu[name]:.3f}" if name in cpu else "" for name in providers]
            rows.append([scenario, *values])
        return [
            "### Everything else: CPU seconds per 1,000, 16 at once, database included",
            "",
            *markdown(head, rows),
            "",
        ]

    def _starts(self) -> list[str]:
        starts, memory = self.bench.starts, self.bench.memory
        rows = [
            [
                NAMES.get(name, f"{NAMES.get(name[:-2], name)}, 2 workers"),
                f"{starts[name].wall:.2f}" if name in starts else "",
                f"{starts[name].cpu:.2f}" if name in starts else "",
                f"{memory[name].pss:.0f}" if name in memory else "",
                f"{memory[name].rss:.0f}" if name in memory else "",
            ]
            for name in dict.fromkeys([*starts, *memory])
        ]
        if not rows:
            return []
        head = ["", "cold start, s", "of CPU", "MiB per worker (PSS)", "resident MiB"]
        return ["### Cold start, and memory after the logins", "", *markdown(head, rows), ""]

    def _machine(self) -> list[str]:
        rows = [[name, told] for name, told in describe().items()]
        return ["### Machine and versions", "", *markdown(["", ""], rows), ""]

    def chart(self) -> str:
        """Return the chart of what a login costs."""
        bars = [
            Bar(NAMES[name], one.server_cpu, one.database_cpu, name.startswith("ours"))
            for name, one in self.silent.items()
        ]
        unit = "CPU seconds per 1,000 silent logins (ES256, 16 at once); less is better"
        return draw("What a silent login costs the servers", unit, bars)

    def data(self) -> dict[str, Any]:
        """Return everything that the report is made of."""
        bench = self.bench
        return {
            "machine": describe(),
            "busy_cores": round(self.busy, 3),
            "goals": [asdict(one) for one in self.goals],
            "figures": [asdict(one) for one in self.figures],
            "starts": {name: asdict(one) for name, one in bench.starts.items()},
            "memory": {name: asdict(one) for name, one in bench.memory.items()},
        }

    def write(self) -> list[Path]:
        """Write page, chart and data; return the files."""
        write(LOGINS, self.lines())
        CHART.write_text(self.chart(), encoding="utf-8")
        DATA.write_text(json.dumps(self.data(), indent=1) + "\n", encoding="utf-8")
        return [PAGE, CHART, DATA]


def write(part: str, lines: Iterable[str]) -> None:
    """Write one part of the page anew."""
    PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), part, lines), encoding="utf-8")


def between(page: str, part: str, lines: Iterable[str]) -> str:
    """Return the page with these lines between a part's marks; raises ValueError without them."""
    begin, end = MARKS.format(part), MARKS.format(f"end of {part}")
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"the page has lost the marks of {part}")
    return "\n".join([before + begin, "", *lines]).rstrip() + f"\n\n{end}{after}"


def goal_table(every: Sequence[Goal]) -> list[str]:
    """Return goals, a row each."""
    verdict = {True: "yes", False: "**no**", None: "-"}
    rows = [
        [
            one.text,
            one.limit,
            "" if one.value is None else f"{one.value:.2f}",
            verdict[one.reached],
            one.note,
        ]
        for one in every
    ]
    return ["### Goals", "", *markdown(["what", "goal", "measured", "reached", ""], rows), ""]


def table(every: Sequence[Figures]) -> list[str]:
    """Return figures, a row each."""
    head = [
        "",
        "server CPU-s/1000",
        "database",
        "together",
        "least to most",
        "logins/s",
        "p50 ms",
        "p95",
        "p99",
        "declined/1000",
    ]
    rows = [
        [
            name_of(one),
            f"{one.server_cpu:.3f}",
            f"{one.database_cpu:.3f}" if one.database_cpu else "",
            f"{one.cpu:.3f}",
            "{:.3f} to {:.3f}".format(*one.cpu_range),
            f"{one.rate:.0f}",
            f"{one.p50_ms:.1f}",
            f"{one.p95_ms:.1f}",
            f"{one.p99_ms:.1f}",
            f"{one.declined:.0f}" if one.declined else "",
        ]
        for one in every
    ]
    return markdown(head, rows)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; its first column is text, the others stand to the right if numbers."""
    rule = ["---"] * len(head)
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
