"""What the project wants of its own speed, and whether the figures say that it is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.figures import Figures
    from tests.benchmarks.processes import Memory

# Two workers, a driver and a database that each have a core.
CORES_FOR_TWO_WORKERS: Final = 4
_TAIL: Final = 3.0
_MIB: Final = 90.0
_SCALE: Final = 1.8
_FLAT: Final = 1.15


@dataclass(frozen=True)
class Goal:
    """One goal. ``value`` is None where it could not be measured; ``note`` says more, or why."""

    text: str
    limit: str
    value: float | None
    reached: bool | None
    note: str = ""


def ratios(by_provider: Mapping[str, Figures]) -> list[Goal]:
    """Return the goals that compare silent logins with the peer's."""
    sqlite, postgresql = by_provider.get("ours-sqlite"), by_provider.get("ours-postgresql")
    memory, durable = by_provider.get("node-memory"), by_provider.get("node-postgresql")
    return [
        _at_most(
            "our processes on SQLite (FULL), to Node in memory",
            0.75,
            _ratio(_server(sqlite), _server(memory)),
        ),
        _at_most(
            "ours with PostgreSQL's processes, to Node with PostgreSQL's",
            0.6,
            _ratio(_whole(postgresql), _whole(durable)),
        ),
        _at_most(
            "our processes alone on PostgreSQL, to Node in memory",
            0.75,
            _ratio(_server(postgresql), _server(memory)),
        ),
    ]


def _server(one: Figures | None) -> float | None:
    return None if one is None else one.server_cpu


def _whole(one: Figures | None) -> float | None:
    return None if one is None else one.cpu


def tails(by_provider: Mapping[str, Figures]) -> list[Goal]:
    """Return the goals for the slowest logins."""
    return [
        _at_most(f"p99 to p50 at {name}", _TAIL, _ratio(one.p99_ms, one.p50_ms))
        for name, one in by_provider.items()
        if name.startswith("ours")
    ]


def memories(held: Mapping[str, Memory]) -> list[Goal]:
    """Return the goals for what a worker holds."""
    return [
        _at_most(
            f"MiB of a worker at {name} (PSS)", _MIB, one.pss, note=f"{one.rss:.0f} MiB resident"
        )
        for name, one in held.items()
        if name.startswith("ours")
    ]


def scaling(one: Figures, two: Figures, cores: int) -> Goal:
    """Return the goal for two workers, which needs cores that are free for them."""
    rate, paid = two.rate / one.rate, 2 * one.cpu / two.cpu
    text, name = "logins/s of two workers, to one", one.setting.provider
    note = f"by CPU time per login, with enough cores: {paid:.2f}"
    if cores < CORES_FOR_TWO_WORKERS:
        note = f"{cores} cores, which the driver shares: not judged; {note}"
        return Goal(f"{text}, at {name}", f"≥ {_SCALE}", rate, None, note)
    return Goal(f"{text}, at {name}", f"≥ {_SCALE}", rate, rate >= _SCALE, note)


def crowded(few: Figures, many: Figures) -> Goal:
    """Return the goal for what a login costs among many people, to what it costs among few."""
    text = f"{many.setting.strangers:,} people to {few.setting.strangers:,}, CPU time of a login"
    return _at_most(f"{text} at {many.setting.provider}", _FLAT, _ratio(many.cpu, few.cpu))


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None


def _at_most(text: str, limit: float, value: float | None, note: str = "") -> Goal:
    reached = None if value is None else value <= limit
    return Goal(text, f"≤ {limit:g}", value, reached, note or ("" if value else "not measured"))
