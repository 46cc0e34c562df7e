"""The same logins among few people and among many: their cost must not follow the country."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.benchmarks import goals, report
from tests.benchmarks.figures import figures, refused
from tests.benchmarks.providers import opened
from tests.benchmarks.runs import say
from tests.benchmarks.suites import GOAL, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.providers import Served
    from tests.benchmarks.suites import Bench

FEW: Final = 1000


def run(bench: Bench, many: Sequence[int], *, written: bool) -> int:
    """Measure each of our providers asked for, in turn with itself; print, and write down.

    ``many`` are the numbers of people to compare with a thousand.
    """
    for name in bench.asked.providers:
        _measure(bench, name, many)
    reasons = refused(bench.runs.done)
    told = lines(bench)
    say("\n".join(["", *told, *(f"REFUSED: {one}" for one in reasons)]))
    if written and not reasons:
        report.write(report.POPULATION, told)
    return int(bool(reasons))


def _measure(bench: Bench, name: str, many: Sequence[int]) -> None:
    order = [FEW, *many]
    with ExitStack() as stack:
        served: dict[int, Served] = {}
        for strangers in order:
            say(f"making {name} ready, with {strangers:,} people ...")
            folder = bench.folder / f"{name}-{strangers}"
            made = opened(PROVIDERS[name], folder, bench.asked.people, strangers)
            served[strangers] = stack.enter_context(stack.enter_context(made).serving())
            bench.runs.warm(name, served[strangers])
        for _ in range(bench.asked.rounds):
            for strangers in order:
                setting = replace(GOAL, provider=name, strangers=strangers)
                bench.runs.once(setting, served[strangers], seed=len(bench.runs.done))
            order.append(order.pop(0))


def lines(bench: Bench) -> list[str]:
    """Return what is told, in Markdown."""
    every = figures(bench.runs.done)
    pairs = [
        goals.crowded(few, many)
        for few in every
        for many in every
        if few.setting == replace(many.setting, strangers=FEW) and many.setting.strangers > FEW
    ]
    rounds = max((one.rounds for one in every), default=0)
    return [
        report.measured(f"{rounds} rounds in turn, medians", report.busy_cores(every)),
        "",
        *report.goal_table(pairs)[2:],
        *report.table(every),
    ]
