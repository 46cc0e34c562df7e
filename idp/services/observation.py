"""What the databases say of the whole instance, for whoever watches over it.

One look is kept for ``KEPT_SECONDS``, and one is under way at a time: who scrapes often, or in
parallel, costs no more than that. It never raises for a database that does not answer: that is what
it is there to tell.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain.rotation import Due, Schedule, coming
from idp.domain.signing_key import ALGORITHMS, SERVED, KeyState, SigningKey, Standing
from idp.services import rotation
from idp.storage import (
    grants,
    health,
    instance,
    logouts,
    nodes,
    notices,
    schedule_runs,
    signing_keys,
)
from idp.storage.database import Misfit
from idp.storage.schema import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from idp.domain.clock import Clock
    from idp.domain.signing_key import Policy
    from idp.storage.database import Database

KEPT_SECONDS = 5
WAITING = frozenset({*ALGORITHMS, rotation.OUTSIDE})
_TO_SIGN = frozenset({KeyState.PUBLISHED, KeyState.ACTIVE})
_ENOUGH_SECONDS = 4.0  # less than the ten seconds that Prometheus waits for a page


class Backlog(Struct, frozen=True):
    """Rows of an outbox that wait, and for how many seconds the first has been overdue."""

    waiting: int
    overdue: int


class Facts(Struct):
    """What was found at ``at`` (epoch seconds). What could not be found is not there."""

    at: int
    up: dict[str, bool] = field(default_factory=dict)
    misfits: dict[str, str] = field(default_factory=dict)
    """Why a store that answers cannot be used as the settings say."""
    schema: dict[str, bool] = field(default_factory=dict)
    writable: dict[str, bool] = field(default_factory=dict)
    keys: list[SigningKey] = field(default_factory=list)
    outboxes: dict[str, Backlog] = field(default_factory=dict)
    skew: int | None = None
    next_step_at: int | None = None
    last_run_at: int | None = None
    failures: int = 0
    waiting: tuple[str, ...] = ()
    """What the last run of the schedule had to leave: algorithms, or ``outside``."""
    backed_up_at: int | None = None
    nodes: int | None = None
    """Server processes that are alive, on all machines."""
    lacking: dict[str, int] = field(default_factory=dict)
    """How many of them could not sign with a key that is to sign, by kid."""
    unswept: int | None = None
    """For how many seconds something has been there that expired: nobody sweeps."""


class Observation:
    """Looks at both databases over connections of its own."""

    def __init__(
        self,
        databases: Mapping[Store, Database],
        clock: Clock,
        policy: Policy,
        *,
        ticks: Callable[[], float],
        schedule: Schedule | None = None,
    ) -> None:
        """``ticks`` are seconds that never go back: how old a look is, whatever the clock does."""
        self._databases = databases
        self._clock = clock
        self._policy = policy
        self._schedule = schedule or Schedule()
        self._ticks = ticks
        self._opened: set[Store] = set()
        self._revisions = {store: health.Revision(store) for store in databases}
        self._turn = asyncio.Lock()
        self._kept: tuple[float, Facts] | None = None

    async def look(self) -> Facts:
        """Return what there is to know, at most ``KEPT_SECONDS`` old."""
        async with self._turn:
            if self._kept is None or self._ticks() - self._kept[0] >= KEPT_SECONDS:
                self._kept = (self._ticks(), await self._look())
            return self._kept[1]

    async def close(self) -> None:
        """Give the connections back."""
        for store in self._opened:
            await self._databases[store].close()

    async def _look(self) -> Facts:
        facts = Facts(self._clock.now())
        for store, database in self._databases.items():
            facts.up[store] = facts.schema[store] = facts.writable[store] = False
            try:
                async with asyncio.timeout(_ENOUGH_SECONDS):
                    await self._ask(store, database, facts)
            except Misfit as error:
                facts.misfits[store] = str(error)
            except Exception:  # noqa: BLE001, S112 - whatever it is, it is not as it should be
                continue
        return facts

    async def _ask(self, store: Store, database: Database, facts: Facts) -> None:
        if store not in self._opened:
            await database.open()
            self._opened.add(store)
        await health.check(database)
        facts.up[store] = True
        facts.schema[store] = await self._revisions[store].serves(database)
        if store is Store.PROVIDER and facts.schema[store]:
            await self._read(database, facts)
        await health.check_writable(database)
        facts.writable[store] = True

    async def _read(self, database: Database, facts: Facts) -> None:
        there = await health.time(database)
        now = self._clock.now()
        facts.skew = None if there is None else now - there
        rows = await signing_keys.everyone(database)
        every = [signing_keys.read(row) for row in rows]
        facts.keys = [key for key in every if key.state in SERVED]
        standing = Standing(self._policy, tuple(await nodes.everyone(database)))
        await self._read_schedule(database, facts, coming(every, standing, self._schedule, now))
        live = [one for one in standing.nodes if self._policy.is_live(one, now)]
        facts.nodes = len(live)
        facts.lacking = {
            key.kid: sum(key.kid not in node.loaded for node in live)
            for key in facts.keys
            if key.state in _TO_SIGN
        }
        oldest = await grants.oldest(database)
        facts.unswept = 0 if oldest is None else max(0, now - oldest)
        row = await instance.find(database)
        facts.backed_up_at = None if row is None else row["backed_up_at"]
        for name, outbox in (("notices", notices), ("logouts", logouts)):
            waiting, oldest = await outbox.backlog(database)
            facts.outboxes[name] = Backlog(waiting, 0 if oldest is None else max(0, now - oldest))

    async def _read_schedule(self, database: Database, facts: Facts, steps: Sequence[Due]) -> None:
        facts.next_step_at = min((due.at for due in steps), default=None)
        row = await schedule_runs.find(database, rotation.NAME)
        if row is not None:
            facts.last_run_at, facts.failures = row["ran_at"], row["failures"]
            facts.waiting = tuple(sorted(WAITING & json.loads(row["problems"]).keys()))
