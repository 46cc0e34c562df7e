"""``make bench``, or ``python -m tests.benchmarks``: what a login costs, beside a peer."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks import crowded, ours, profile, report, sampled, soak
from tests.benchmarks.figures import SERVER, refused
from tests.benchmarks.providers import NotHere, opened
from tests.benchmarks.runs import Runs, say
from tests.benchmarks.suites import GOAL, OTHERS, PROVIDERS, Asked, Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PARTS: Final[dict[str, Callable[[Bench], None]]] = {
    "silent": Bench.silent,
    "others": Bench.others,
    "workers": Bench.workers,
    "starts": Bench.cold_starts,
}


def _count(text: str) -> int:
    """Return a count; of nothing there would be an empty report."""
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        metavar="PART",
        help=f"one or more of {', '.join((*PARTS, *OTHERS))}, with commas between; all without. "
        "`silent` alone is ES256 with 16 at once",
    )
    parser.add_argument("--provider", action="append", choices=PROVIDERS, help="one or more")
    parser.add_argument("--rounds", type=_count, default=5, help="5 by itself")
    parser.add_argument("--logins", type=_count, default=1500, help="in each run; 1500 by itself")
    parser.add_argument("--people", type=int, default=100, help="signed in, at 4 clients each")
    parser.add_argument("--write", action="store_true", help="write BENCHMARKS.md and its chart")
    parser.add_argument(
        "--profile", type=Path, metavar="DIR", help="sample where our server's CPU time goes"
    )
    parser.add_argument(
        "--soak", type=float, metavar="MINUTES", help="sign in for so long; is memory flat?"
    )
    parser.add_argument(
        "--population",
        type=int,
        nargs="+",
        metavar="N",
        help="the same logins with a thousand and with N people in the database, each N apart; "
        "of more than two million the rows are thin",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        return _run(arguments)
    except NotHere as why:
        say(f"Nothing can be measured: {why}")
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    names = asked.provider or list(PROVIDERS)
    if asked.soak is not None or asked.population is not None:
        names = asked.provider or ["ours-postgresql"]
    what = Asked(names, asked.rounds, asked.logins, asked.people)
    runs = Runs(asked.rounds, asked.logins)
    only = [one for one in asked.only.split(",") if one]
    if not set(only) <= {*PARTS, *OTHERS}:
        parser.error(f"--only knows {', '.join((*PARTS, *OTHERS))}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        Path(name).chmod(0o755)  # PostgreSQL's own user comes through here
        bench = Bench(what, Path(name), stack, runs)
        if asked.profile is not None:
            return _profile(bench, asked.profile, written=asked.write)
        if asked.soak is not None:
            return soak.run(bench, asked.soak, written=asked.write)
        if asked.population is not None:
            return crowded.run(bench, asked.population, written=asked.write)
        bench.prepare()
        _measure(bench, only)
    return _tell(bench, write=asked.write)


def _measure(bench: Bench, only: Sequence[str]) -> None:
    if not only or "starts" in only:
        bench.cold_starts()
    if only == ["starts"]:
        return
    bench.start()
    if not only:
        bench.silent()
        bench.others()
        bench.workers()
        return
    if "silent" in only:
        bench.silent(everything=False)
    if "workers" in only:
        bench.workers()
    bench.others(OTHERS if "others" in only else [one for one in only if one in OTHERS])


def _tell(bench: Bench, *, write: bool) -> int:
    reasons = refused(bench.runs.done)
    if reasons:
        say("\n".join(["", "There is no report, because", *(f"  {one}" for one in reasons[:20])]))
        return 1
    told = report.Report(bench)
    say("\n".join(["", *told.lines()]))
    if write:
        say("written: " + ", ".join(str(file) for file in told.write()))
    return 0


def _profile(bench: Bench, folder: Path, *, written: bool) -> int:
    """Let our server work once under the sampler; its own figures would be too high."""
    name = bench.asked.providers[0]
    folder.mkdir(parents=True, exist_ok=True)
    samples = (folder / f"{name}.json").resolve()
    with opened(PROVIDERS[name], bench.folder / name, bench.asked.people) as provider:
        if not isinstance(provider, ours.Ours):
            raise SystemExit(f"{name} is not ours: only our own server is sampled")
        provider.samples = samples
        with provider.serving() as served:
            os.kill(served.watch[SERVER], sampled.BEGIN)
            bench.runs.count = bench.asked.logins
            bench.runs.rounds = 1
            bench.runs.alternate({name: served}, GOAL)
    seen = profile.read(samples)
    samples.with_suffix(".collapsed").write_text(profile.collapsed(seen), encoding="utf-8")
    told, reasons = profile.tell(seen), refused(bench.runs.done)
    say("\n".join([*told, *(f"REFUSED: {one}" for one in reasons)]))
    if written and not reasons:
        shown = [
            f"{report.NAMES[name]}, silent logins, ES256, 16 at once:",
            "",
            "```text",
            *told,
            "```",
        ]
        report.write(report.PROFILE, shown)
    return int(bool(reasons))


if __name__ == "__main__":
    sys.exit(main())
