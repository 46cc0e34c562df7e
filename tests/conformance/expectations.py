"""What a module found, against the list of what it may find. Pure: no I/O.

A module is well when everything that it found wrong stands in the list, and everything that the
list says of it was found: a line that is no longer true is a deviation as well. PASSED, REVIEW
(somebody looks at a picture) and SKIPPED (we do not offer what it tests) need no line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WRONG: Final = frozenset({"FAILURE", "WARNING"})
WELL: Final = frozenset({"PASSED", "REVIEW", "SKIPPED"})
_ENDED: Final = WELL | {"WARNING", "FAILED"}


@dataclass(frozen=True)
class Allowed:
    """One check that may go wrong in one module of one plan, how, and why."""

    plan: str
    module: str
    check: str
    level: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """How one module of one plan ended; ``found`` maps a check to FAILURE or WARNING."""

    plan: str
    module: str
    status: str
    result: str
    found: Mapping[str, str]

    @property
    def ended(self) -> bool:
        """Tell whether it came to its own end, with a result."""
        return self.status == "FINISHED" and self.result in _ENDED


def read(document: Sequence[Mapping[str, Any]]) -> tuple[Allowed, ...]:
    """Read the list of expected.json; raises ValueError for a line without a reason, or twice."""
    lines = tuple(
        Allowed(line["plan"], line["module"], check, level, line["reason"].strip())
        for line in document
        for check, level in line["found"].items()
    )
    places = [(line.plan, line.module, line.check) for line in lines]
    if len(set(places)) < len(places):
        raise ValueError("a check is listed twice")
    if not all(line.reason and line.level in WRONG for line in lines):
        raise ValueError("each line needs a reason, and FAILURE or WARNING")
    return lines


def found_in(log: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the checks of a module's log that went wrong, each with the worst that it said."""
    found: dict[str, str] = {}
    for entry in log:
        level = entry.get("result")
        if level in WRONG and found.get(entry["src"]) != "FAILURE":
            found[entry["src"]] = level
    return found


def deviations(outcome: Outcome, allowed: Iterable[Allowed]) -> list[str]:
    """Return in words where the outcome differs from what is expected; nothing when all is well."""
    mine = [a for a in allowed if (a.plan, a.module) == (outcome.plan, outcome.module)]
    expected = {line.check: line.level for line in mine}
    told = [
        f"{check}: {level}"
        for check, level in outcome.found.items()
        if expected.get(check) != level
    ]
    if outcome.result != "SKIPPED":
        told += [
            f"{check}: no {level}, though it is expected"
            for check, level in expected.items()
            if check not in outcome.found
        ]
    if not outcome.ended:
        told.append(f"it did not come to its end: {outcome.status}")
    elif not outcome.found and outcome.result not in WELL:
        told.append(f"{outcome.result}, and its log does not say why")
    return told
