"""``make faults``, or ``python -m tests.faults``: one line for each fault; 1 if not all is well.

Names may be cut short: ``--only codes,kill`` runs whatever begins with one of these.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import uvloop

from tests.faults.fault import Fault, LeftOut, Outcome, World
from tests.faults.list import FAULTS

SHORT = 0.01


def main() -> int:
    """Run what is asked for."""
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # its server is killed on purpose
    asked = _asked()
    wanted = asked.only.split(",")
    chosen = [one for one in FAULTS if one.name.startswith(tuple(wanted))]
    if asked.list:
        _say(*(f"{one.name:22} {one.promised}" for one in FAULTS))
        return 0
    for name in wanted:
        if not any(one.name.startswith(name) for one in FAULTS):
            _say(f"no fault begins with {name}; see --list")
            return 2
    part = SHORT if asked.short else asked.part
    told = []
    for one in chosen:
        told.append(_run(one, part))
        _say(*([] if asked.json else _lines(told[-1])))
    if asked.json:
        _say(json.dumps(told, indent=2))
    return int(not all(one["well"] for one in told))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Break the provider on purpose, and count. All of it takes some 25 minutes on "
        "two cores, and wants them for itself.",
    )
    parser.add_argument("--only", default="", help="the names, or how they begin, with commas")
    parser.add_argument("--part", type=float, default=1.0, help="of the full sizes, such as 0.1")
    parser.add_argument("--short", action="store_true", help=f"the same as --part {SHORT}")
    parser.add_argument("--json", action="store_true", help="one JSON value at the end")
    parser.add_argument("--list", action="store_true", help="say what there is, and do nothing")
    return parser.parse_args()


def _run(fault: Fault, part: float) -> dict[str, Any]:
    began = time.monotonic()
    left_out = ""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        try:
            outcome = uvloop.run(_awaited(fault, World(Path(folder), part)))
        except LeftOut as reason:
            left_out = str(reason)
            wrong = [left_out] if os.environ.get("REQUIRE_ALL") == "1" else []
            outcome = Outcome("left out", wrong)
        except Exception as error:  # noqa: BLE001 - the other faults are still to be tried
            traceback.print_exc()
            outcome = Outcome("broke off", [f"{type(error).__name__}: {error}"])
    return {
        "name": fault.name,
        "promised": fault.promised,
        "figure": outcome.figure,
        "well": outcome.well,
        "wrong": outcome.wrong,
        "left_out": left_out,
        "numbers": outcome.numbers,
        "seconds": round(time.monotonic() - began, 1),
        "part": part,
    }


async def _awaited(fault: Fault, world: World) -> Outcome:
    return await fault.run(world)


def _lines(told: dict[str, Any]) -> list[str]:
    verdict = ("left out" if told["left_out"] else "ok") if told["well"] else "NOT WELL"
    figure = told["left_out"] or told["figure"]
    return [
        f"{verdict:8} {told['name']}: {figure} ({told['seconds']:.0f} s)",
        f"         promised: {told['promised']}",
        *(f"         {one}" for one in told["wrong"][:20]),
    ]


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)  # noqa: T201 - told here


if __name__ == "__main__":
    sys.exit(main())
