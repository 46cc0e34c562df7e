"""``make rotation-drill``, or ``python -m tests.drill``: prints the figures; 1 if not all is well.

Two servers on PostgreSQL, or on SQLite where that is not installed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.drill.drill import Drill, Report
from tests.drill.dump import leaks
from tests.drill.instance import running
from tests.drill.kills import QUEUES
from tests.support.postgres import find_programs, running_postgres

DAYS = 480  # seconds of the fast clock between two changes of a key


async def drill(
    databases: dict[str, str], speed: float, rotations: int, pg_dump: Path | None = None
) -> Report:
    """Run the whole of it."""
    with tempfile.TemporaryDirectory(prefix="rotation-drill-") as name:
        folder = Path(name)
        async with running(folder, speed=speed, days=DAYS, databases=databases) as instance:
            report = await Drill(instance).run(
                QUEUES, rotations=rotations, theft=True, patience=12 * DAYS / speed + 120
            )
            if not report.well:
                log = (folder / "servers.log").read_text(encoding="utf-8", errors="replace")
                lines = [one for one in log.splitlines() if not one.startswith("{")]
                sys.stderr.write("\n".join([*lines[-200:], ""]))
            report.for_a_human += [f"a dump shows {one}" for one in leaks(instance, pg_dump)]
        return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drill")
    parser.add_argument("--speed", type=float, default=20, help="how fast the clock runs")
    parser.add_argument("--rotations", type=int, default=10)
    asked = parser.parse_args()
    print(  # noqa: T201 - told here
        f"{asked.rotations} rotations by a clock that runs {asked.speed:g} times as fast, under "
        "load, with kills and a theft.\nThe figures come at the end, in five to eight minutes.",
        flush=True,
    )
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is not installed: two servers on SQLite")  # noqa: T201 - told here
        report = asyncio.run(drill({}, asked.speed, asked.rotations))
    else:
        with running_postgres(programs) as cluster:
            names = ("database-url", "enrolment-database-url")
            databases = {name: cluster.new_database() for name in names}
            report = asyncio.run(
                drill(databases, asked.speed, asked.rotations, programs / "pg_dump")
            )
    print("\n".join(report.lines()))  # noqa: T201 - told here
    return int(not report.well)


if __name__ == "__main__":
    sys.exit(main())
