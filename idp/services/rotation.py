"""Rotates signing keys by the calendar; one process at a time, and from the database alone.

What is due follows from the keys' states (``idp.domain.rotation``): nothing is remembered between
two runs, so one that was killed anywhere is gone on with by the next, whoever runs it. A step that
has to wait is no failure; it is told, with the reason, until it can be taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from idp.domain.lease import LeaseLost
from idp.domain.rotation import Due, Schedule, Step, coming
from idp.domain.signing_key import WrongStep
from idp.keystore.errors import KeystoreUnfinishedError
from idp.outbound import OutboundRefused
from idp.storage import schedule_runs
from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.clock import Clock
    from idp.domain.lease import Lease
    from idp.domain.signing_key import SigningKey
    from idp.services.key_lives import KeyLives
    from idp.services.leases import Leases
    from idp.storage.database import Database

PERIOD_SECONDS: Final = 60
NAME: Final = "key-rotation"
OUTSIDE: Final = "outside"
# Never given back: the lease of one run keeps all others from running until the next is due.
_LEASE_SECONDS: Final = 60
_REST_SECONDS: Final = 3 * PERIOD_SECONDS


class Status(Struct, frozen=True):
    """How the rotation stands, for whoever asks, in whatever process.

    ``ran_at`` is None when it never ran, or runs nowhere; ``done_at`` is when it last did all that
    was due, or found that it has to wait. ``failures`` counts since the beginning. ``problems``
    says by algorithm (or ``outside``) what the last run waited for, or what failed. ``coming``
    holds the next step of each algorithm, none where keys never change by themselves.
    """

    schedule: Schedule
    ran_at: int | None
    done_at: int | None
    failures: int
    problems: Mapping[str, str]
    coming: Mapping[str, Due]
    keys: tuple[SigningKey, ...]


class _Run(Struct):
    """What one run found."""

    failures: int = 0
    problems: dict[str, str] = field(default_factory=dict)


class Rotation:
    """Takes each step when it is due."""

    def __init__(
        self,
        *,
        database: Database,
        lives: KeyLives,
        leases: Leases,
        schedule: Schedule,
        clock: Clock,
    ) -> None:
        self._database = database
        self._lives = lives
        self._leases = leases
        self._schedule = schedule
        self._clock = clock
        self._rests_until = 0

    async def run(self) -> bool:
        """Take every step that is due; False when that is not up to this process now.

        Then another one ran within the last minute, or this one failed a moment ago. Raises
        ValueError where this process could not sign itself: another one has to lead. Raises
        Unavailable, and whatever else kept it from noting how the run went.
        """
        await self._lives.load()
        if self._schedule.days == 0:
            await self._look(_Run(), None)  # so that a key may be activated by hand
            return False
        if self._clock.now() < self._rests_until:
            return False
        lease = await self._leases.take(NAME, _LEASE_SECONDS)
        if lease is None:
            return False
        run = _Run()
        try:
            await self._look(run, lease)
            for due in await self._due():
                lease = await self._leases.renew(lease, _LEASE_SECONDS)
                await self._try(run, due, lease)
            await self._note(run, lease)
        except LeaseLost:
            return False  # it took too long: another process goes on from what the table says
        if run.failures:  # it may be this machine alone: another one has its turn first
            self._rests_until = self._clock.now() + _REST_SECONDS
        return True

    async def status(self) -> Status:
        """Return how it stands, as the database tells; raises Unavailable."""
        row = await schedule_runs.find(self._database, NAME)
        keys = tuple(await self._lives.everyone())
        steps: dict[str, Due] = {}
        for due in coming(keys, await self._lives.standing(), self._schedule, self._clock.now()):
            steps.setdefault(due.alg, due)
        return Status(
            schedule=self._schedule,
            ran_at=None if row is None else row["ran_at"],
            done_at=None if row is None else row["done_at"],
            failures=0 if row is None else row["failures"],
            problems={} if row is None else json.loads(row["problems"]),
            coming=steps,
            keys=keys,
        )

    async def _look(self, run: _Run, lease: Lease | None) -> None:
        try:
            await self._lives.look(lease)
        except OutboundRefused as error:
            run.problems[OUTSIDE] = f"the issuer's own address does not answer us: {error}"

    async def _due(self) -> list[Due]:
        now = self._clock.now()
        keys, standing = await self._lives.everyone(), await self._lives.standing()
        return [due for due in coming(keys, standing, self._schedule, now) if due.at <= now]

    async def _try(self, run: _Run, due: Due, lease: Lease) -> None:
        """Take one step. One that fails holds up neither the others nor the next run."""
        try:
            await self._take(due, lease)
        except (LeaseLost, Unavailable):
            raise
        except (WrongStep, KeystoreUnfinishedError) as error:
            run.problems[due.alg] = str(error)
        except Exception as error:  # noqa: BLE001 - a key store has many ways to fail; all are told
            run.failures += 1
            run.problems[due.alg] = f"{due.step} failed: {type(error).__name__}"

    async def _take(self, due: Due, lease: Lease) -> None:
        if due.kid is None:
            await self._lives.stage(due.alg, lease)
        elif due.step is Step.ACTIVATE:
            await self._lives.activate(due.kid, lease)
        elif due.step is Step.WITHDRAW:
            await self._lives.retire(due.kid, lease)
        else:
            await self._lives.remove(due.kid, lease)

    async def _note(self, run: _Run, lease: Lease) -> None:
        async with self._database.transaction() as transaction:
            await self._leases.still_held(transaction, lease)
            await schedule_runs.note(
                transaction,
                NAME,
                now=self._clock.now(),
                failures=run.failures,
                problems=json.dumps(run.problems),
            )
