"""Run the conformance suite's plans against this provider: see docs/conformance.md.

    python -m tests.conformance DIR --suite https://suite.example --issuer https://op.example \
        --ca ca.pem --cert op.pem --key op-key.pem [--plan basic-static]

The instance in DIR is made at the first run. One line per module; the exit code is 1 when
anything differs from expected.json.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.conformance import instance
from tests.conformance.configuration import Place, Plan, configuration, load, plans
from tests.conformance.expectations import Allowed, Outcome, deviations, read
from tests.conformance.suite import Suite


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("dir", type=Path, help="a folder for the instance, its clients and logs")
    parser.add_argument("--suite", required=True, help="the suite's address")
    parser.add_argument("--issuer", required=True, help="the provider's address, seen by the suite")
    parser.add_argument("--ca", type=Path, required=True, help="the authority behind both, PEM")
    parser.add_argument("--cert", type=Path, required=True, help="the provider's certificate")
    parser.add_argument("--key", type=Path, required=True, help="and its key")
    parser.add_argument("--token", help="an API token of the suite, when it wants one")
    parser.add_argument("--plan", action="append", help="only this plan, by its name in plans.json")
    parser.add_argument("--module", action="append", help="only modules whose name holds this")
    parser.add_argument("--seconds", type=float, default=180, help="the longest for one module")
    return parser.parse_args()


def main() -> int:
    """Prepare what is not there, run, print; returns the exit code."""
    asked = _arguments()
    place = Place(asked.suite.rstrip("/"), asked.issuer.rstrip("/"))
    if not instance.is_prepared(asked.dir):
        asked.dir.mkdir(parents=True, exist_ok=True)
        instance.prepare(asked.dir, place, instance.Tls(asked.cert, asked.key, asked.ca))
    chosen = [plan for plan in plans() if not asked.plan or plan.name in asked.plan]
    with (
        instance.served(asked.dir, place, asked.ca),
        Suite(place.suite, asked.ca, asked.token) as suite,
    ):
        runs = [_Run(suite, asked.dir, place, asked).plan(plan) for plan in chosen]
    return 0 if all(runs) else 1


class _Run:
    """One plan after the other against one suite."""

    def __init__(self, suite: Suite, folder: Path, place: Place, asked: argparse.Namespace) -> None:
        self._suite, self._folder, self._place, self._asked = suite, folder, place, asked
        self._allowed: tuple[Allowed, ...] = read(load("expected.json"))

    def plan(self, plan: Plan) -> bool:
        """Run one plan; tells whether all of it is as expected."""
        made = configuration(plan, self._place, instance.clients(self._folder))
        modules = self._suite.make(plan.plan, plan.variant, made)
        wanted = self._asked.module or [""]
        counted: Counter[str] = Counter()
        well = True
        _say(f"== {plan.name}: {plan.plan}")
        for module in modules:
            if not any(part in module.name for part in wanted):
                continue
            outcome, log = self._suite.run(
                module, seconds=self._asked.seconds, rotate=self._rotate()
            )
            self._keep(plan, outcome, log)
            told = deviations(outcome, self._allowed)
            counted[outcome.result] += 1
            well = well and not told
            _say(_line(outcome, told))
        _say("   " + ", ".join(f"{count} {result}" for result, count in counted.items()))
        return well

    def _rotate(self) -> Callable[[], None]:
        return lambda: instance.stage_keys(self._folder, self._place, self._asked.ca)

    def _keep(self, plan: Plan, outcome: Outcome, log: list[dict[str, object]]) -> None:
        folder = self._folder / "logs" / plan.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{outcome.module}.json").write_text(json.dumps(log, indent=1), encoding="utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(outcome: Outcome, told: list[str]) -> str:
    mark = "!!" if told else "ok"
    why = f"  ({'; '.join(told)})" if told else ""
    return f"{mark} {outcome.result:8} {outcome.module}{why}"


if __name__ == "__main__":
    raise SystemExit(main())
