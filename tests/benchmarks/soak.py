"""Logins for a long time: whether a worker's memory stays as it is, and the database's rows."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from idp.settings import load
from tests.benchmarks import report
from tests.benchmarks.figures import SERVER, figures, per_thousand, refused
from tests.benchmarks.ours import Ours
from tests.benchmarks.processes import largest
from tests.benchmarks.runs import say
from tests.benchmarks.suites import GOAL

if TYPE_CHECKING:
    from tests.benchmarks.suites import Bench

# What every login writes, or reads; a history grows until its oldest day is dropped.
TABLES: Final = ("people", "sessions", "pseudonyms", "consents", "grants", "activity")
_SLICE_LOGINS: Final = 3000
_SHOWN: Final = 12
_FLAT: Final = 1.05
_SETTLED: Final = 0.2  # of the time: caches fill, and the first codes are swept away


@dataclass(frozen=True)
class Look:
    """How things stood after so many minutes and logins."""

    minutes: float
    logins: int
    cpu: float
    pss: float
    rss: float
    rows: dict[str, int]


def count_rows(url: str) -> dict[str, int]:
    """Return how many rows the tables have, read from beside."""
    queries = {table: f"SELECT count(*) FROM {table}" for table in TABLES}  # noqa: S608 - our names
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
        found = {table: connection.execute(sql).fetchone()[0] for table, sql in queries.items()}
        connection.close()
        return found
    return asyncio.run(_count_at_server(url, queries))


async def _count_at_server(url: str, queries: dict[str, str]) -> dict[str, int]:
    connection: Any = await asyncpg.connect(url)
    found = {table: int(await connection.fetchval(sql)) for table, sql in queries.items()}
    await connection.close()
    return found


def soak(bench: Bench, provider: Ours, name: str, minutes: float) -> list[Look]:
    """Let people sign in for so long; what went wrong stands in the bench's runs."""
    url = load(provider.folder / "instance").database_url
    looks: list[Look] = []
    with provider.serving() as served:
        bench.runs.warm(name, served)
        began = time.monotonic()
        bench.runs.count, bench.runs.rounds = _SLICE_LOGINS, 1
        while (passed := (time.monotonic() - began) / 60) < minutes or not looks:
            bench.runs.alternate({name: served}, GOAL)
            result = bench.runs.done[-1].result
            held, passed = largest(served.watch[SERVER]), (time.monotonic() - began) / 60
            logins = result.count + (looks[-1].logins if looks else 0)
            cost = per_thousand(result)
            looks.append(Look(passed, logins, cost, held.pss, held.rss, count_rows(url)))
            say(f"{passed:.1f} minutes: {held.pss:.1f} MiB, {looks[-1].rows}")
    return looks


def growth(looks: list[Look]) -> float | None:
    """Return what a worker holds at the end, to what it held once settled; None of too few."""
    settled = [one for one in looks if one.minutes >= looks[-1].minutes * _SETTLED]
    third = len(settled) // 3
    if not third:
        return None
    first, last = settled[:third], settled[-third:]
    return median(one.pss for one in last) / median(one.pss for one in first)


def lines(bench: Bench, name: str, looks: list[Look]) -> list[str]:
    """Return what is told of a soak, in Markdown."""
    step = -(-len(looks) // _SHOWN)
    shown = [*looks[:-1:step], looks[-1]]
    rows = [
        [
            f"{one.minutes:.1f}",
            f"{one.logins:,}",
            f"{one.cpu:.3f}",
            f"{one.pss:.1f}",
            f"{one.rss:.1f}",
            *(f"{one.rows[table]:,}" for table in TABLES),
        ]
        for one in shown
    ]
    head = ["minutes", "logins", "CPU-s/1000", "MiB (PSS)", "resident", *TABLES]
    grown = growth(looks)
    verdict = "too short to tell whether memory is flat"
    if grown is not None:
        verdict = f"the last third holds {grown:.3f} times the memory of the first"
        verdict += " (flat)" if grown <= _FLAT else " (**not flat**)"
    busy = report.busy_cores(figures(bench.runs.done))
    how = f"{report.NAMES[name]}, one worker, 16 at once; {verdict}"
    return [report.measured(how, busy), "", *report.markdown(head, rows)]


def run(bench: Bench, minutes: float, *, written: bool) -> int:
    """Soak the first of the providers asked for; print, and write down, what came of it."""
    bench.asked.providers = bench.asked.providers[:1]
    bench.prepare()
    ((name, provider),) = bench.prepared.items()
    if not isinstance(provider, Ours):
        raise SystemExit(f"{name} is not ours: it keeps what it likes")
    looks = soak(bench, provider, name, minutes)
    reasons = refused(bench.runs.done)
    told = lines(bench, name, looks)
    say("\n".join(["", *told, *(f"REFUSED: {one}" for one in reasons)]))
    if written and not reasons:
        report.write(report.SOAK, told)
    return int(bool(reasons))
