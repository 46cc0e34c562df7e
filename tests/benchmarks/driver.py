"""The driver: ``python -m tests.benchmarks.driver < plan > result``, a process of its own.

Bounded: as many connections as the plan says, one operation at a time on each. It reads the CPU
time of the servers at the very moments when the measured part begins and ends.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvloop

from tests.benchmarks.http import Connection
from tests.benchmarks.plan import Plan, Result
from tests.benchmarks.processes import cpu_seconds, machine_seconds
from tests.benchmarks.scenarios import SCENARIOS, Declined, WrongAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.plan import Visit
    from tests.benchmarks.scenarios import Scenario

_GIVE_UP_SECONDS = 30
_AGAIN_SECONDS = 0.05


@dataclass
class Tally:
    """What was seen so far: how long each operation took, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    declined: int = 0
    wrong: Counter[str] = field(default_factory=Counter)


def percentile(ordered: list[float], share: float) -> float:
    """Return the value that ``share`` of all are not above; 0 of none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def _patiently(operation: Scenario, connection: Connection, number: int, visit: Visit) -> int:
    """Do it, again after a while when asked to; return how often that was. All of it takes time."""
    declined = 0
    while True:
        try:
            await operation(connection, number, visit)
        except Declined:
            declined += 1
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return declined


async def _loop(
    connection: Connection, operation: Scenario, work: Iterator[tuple[int, Visit]], tally: Tally
) -> None:
    for number, visit in work:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                tally.declined += await _patiently(operation, connection, number, visit)
        except WrongAnswer as error:
            tally.wrong[str(error)] += 1
        except (OSError, TimeoutError, LookupError, ValueError) as error:
            tally.wrong[f"{type(error).__name__}: {error}"[:120]] += 1
            connection.close()
        else:
            tally.seconds.append(time.perf_counter() - began)


async def drive(plan: Plan) -> Result:
    """Run a plan against a provider that is up."""
    operation = SCENARIOS[plan.scenario](plan.target, plan.seed)
    visits = plan.target.visits[: operation.people]
    random.Random(plan.seed).shuffle(visits)  # in turn: nobody is at two places at once
    work = enumerate(itertools.cycle(visits))
    connections = [Connection(plan.target.host, plan.target.port) for _ in range(plan.connections)]

    async def some(count: int) -> Tally:
        share = iter([next(work) for _ in range(count)])
        tally = Tally()
        await asyncio.gather(*(_loop(one, operation, share, tally) for one in connections))
        return tally

    warm = await some(plan.warm_up)
    gc.collect()
    gc.freeze()
    before = {name: cpu_seconds(root) for name, root in plan.watch.items()}
    machine = machine_seconds()
    began, own = time.perf_counter(), time.process_time()
    tally = await some(plan.count)
    wall, driver_cpu = time.perf_counter() - began, time.process_time() - own
    cpu = {name: cpu_seconds(root) - before[name] for name, root in plan.watch.items()}
    machine = machine_seconds() - machine
    for connection in connections:
        connection.close()
    ordered = sorted(tally.seconds)
    p50, p95, p99 = (percentile(ordered, share) * 1000 for share in (0.5, 0.95, 0.99))
    wrong = dict(warm.wrong + tally.wrong)
    return Result(
        count=len(ordered),
        wall=wall,
        driver_cpu=driver_cpu,
        cpu=cpu,
        machine_cpu=machine,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        wrong=wrong,
        declined=tally.declined,
        id_token=operation.id_token,
        newest={
            str(place): operation.newest[id(visit)]
            for place, visit in enumerate(plan.target.visits)
            if id(visit) in operation.newest
        },
    )


def main() -> None:
    plan = Plan.from_json(sys.stdin.read())
    print(uvloop.run(drive(plan)).to_json())  # noqa: T201 - told to whoever started us


if __name__ == "__main__":
    main()
