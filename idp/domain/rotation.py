"""Rotation by the calendar: which step of which signing key comes next, and when it is due.

Rules in prose. For each algorithm one key signs and one waits, served, to take over: so that a
stolen key can be given up at once. The one that waits takes over when the other has signed for
``days``; then another is made. A key that was replaced is served for ``overlap_days`` at least, and
for as long as its tokens need. A key that waits and that no live node has at hand any more, ripe as
it is, has lost its private half with some machine: it is withdrawn, and another is made.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.signing_key import ALGORITHMS, KeyState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idp.domain.signing_key import Algorithm, SigningKey, Standing


class Step(StrEnum):
    """What a rotation does by itself."""

    STAGE = "stage"
    ACTIVATE = "activate"
    WITHDRAW = "withdraw"
    REMOVE = "remove"


class Schedule(Struct, frozen=True):
    """How often keys change: after ``days`` of signing, 0 for never by themselves."""

    days: int = 90
    overlap_days: int = 1


class Due(Struct, frozen=True):
    """One step; from ``at`` on (epoch seconds), as far as is known now. A new key has no kid."""

    step: Step
    alg: Algorithm
    at: int
    kid: str | None = None


def coming(
    keys: Sequence[SigningKey], standing: Standing, schedule: Schedule, now: int
) -> list[Due]:
    """Return the next steps of each algorithm, the earliest first; none where keys never change.

    What has no other reason to wait is due ``now``.
    """
    if schedule.days == 0:
        return []
    steps: list[Due] = []
    for alg in ALGORITHMS:
        own = [key for key in keys if key.alg == alg]
        steps += _removals(own, alg, standing, schedule)
        steps += _change(own, alg, standing, schedule, now)
    return sorted(steps, key=lambda due: due.at)


def _change(
    keys: Sequence[SigningKey], alg: Algorithm, standing: Standing, schedule: Schedule, now: int
) -> Iterable[Due]:
    waiting = [key for key in keys if key.state is KeyState.PUBLISHED]
    lost = [key for key in waiting if _lost(key, standing, now)]
    for key in lost:
        yield Due(Step.WITHDRAW, alg, now, key.kid)
    ready = [key for key in waiting if key not in lost]
    if not ready:
        yield Due(Step.STAGE, alg, now)
        return
    at = ready[0].may_be_activated_at(standing)
    for key in keys:
        if key.state is KeyState.ACTIVE and key.activated_at is not None:
            at = max(at, key.activated_at + schedule.days * SECONDS_PER_DAY)
    yield Due(Step.ACTIVATE, alg, at, ready[0].kid)


def _removals(
    keys: Sequence[SigningKey], alg: Algorithm, standing: Standing, schedule: Schedule
) -> Iterable[Due]:
    for key in keys:
        at = key.may_be_removed_at(standing.policy)
        if key.state is not KeyState.RETIRED or at is None or key.retired_at is None:
            continue
        if key.activated_at is not None:
            at = max(at, key.retired_at + schedule.overlap_days * SECONDS_PER_DAY)
        yield Due(Step.REMOVE, alg, at, key.kid)


def _lost(key: SigningKey, standing: Standing, now: int) -> bool:
    """Tell whether a ripe key's private half is with no live node; without nodes nobody knows."""
    live = [node for node in standing.nodes if standing.policy.is_live(node, now)]
    ripe = now >= standing.policy.known_at(key.published_at, standing.nodes)
    return ripe and bool(live) and not any(key.kid in node.loaded for node in live)
