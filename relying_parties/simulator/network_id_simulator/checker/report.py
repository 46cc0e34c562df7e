"""The outcome of a run, as a value and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network_id_simulator.checker.verdict import Verdict

if TYPE_CHECKING:
    from network_id_simulator.checker.observing import Observation
    from network_id_simulator.checker.verdict import Result


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found. ``told_by``: how a sign-in was recognised. ``seconds``: it took."""

    login: str
    issuer: str
    told_by: str
    results: tuple[Result, ...]
    observations: tuple[Observation, ...]
    seconds: float = 0.0

    @property
    def findings(self) -> tuple[Result | Observation, ...]:
        """What has to be mended, in the order of a sign-in."""
        return tuple(line for line in self.lines if line.verdict.is_finding)

    @property
    def advice(self) -> tuple[Result | Observation, ...]:
        """What is right, and could be better."""
        return tuple(line for line in self.lines if line.verdict is Verdict.ADVICE)

    @property
    def lines(self) -> tuple[Result | Observation, ...]:
        """Every line, observations first."""
        return (*self.observations, *self.results)

    def counts(self) -> dict[str, int]:
        """Return how many lines there are of each verdict."""
        found = Counter(line.verdict for line in self.lines)
        return {verdict.value: found[verdict] for verdict in Verdict}

    def as_json(self) -> dict[str, Any]:
        """Return the report for machines; the names in it are stable."""
        return {
            "login": self.login,
            "issuer": self.issuer,
            "passed": not self.findings,
            "counts": self.counts(),
            "signed_in_told_by": self.told_by,
            "seconds": round(self.seconds, 1),
            "observations": [_observation(line) for line in self.observations],
            "faults": [_result(line) for line in self.results],
        }


def _observation(line: Observation) -> dict[str, str]:
    return {
        "name": line.name,
        "verdict": line.verdict.value,
        "seen": line.seen,
        "spec": line.spec,
        "mend": line.mend,
    }


def _result(line: Result) -> dict[str, str]:
    return {
        "name": line.fault.name,
        "group": line.fault.group,
        "verdict": line.verdict.value,
        "what": line.fault.what,
        "expected": line.expected,
        "seen": line.seen,
        "mistake": line.mistake,
        "spec": line.fault.spec,
        "mend": line.mend,
    }
