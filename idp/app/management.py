"""The management port of one node: its page of metrics, and whether it is alive and ready.

It runs beside the server, on a thread and with database connections of its own, so that neither a
scrape nor a probe takes anything from a sign-in, and a server that hangs is still told of.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from idp.app.node_metrics import about_node, of_facts
from idp.app.parts import database_at
from idp.app.system import SystemClock
from idp.domain.rotation import Schedule
from idp.domain.signing_key import Policy
from idp.observability import scrape
from idp.services.observation import Observation
from idp.storage.schema import Store
from idp.web.management import Management, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.clock import Clock
    from idp.observability.scrape import Source
    from idp.settings import Settings

STUCK_SECONDS = 30
_BEAT = "netid_heartbeat_timestamp_seconds"
_KEYS = "netid_keys_loaded_timestamp_seconds"
_KEYSTORE = "netid_keystore_up"
_WORKERS = "netid_workers"
_DRAINING = "netid_draining"


class Node:
    """One node as seen from beside it."""

    def __init__(
        self,
        source: Source,
        observation: Observation,
        clock: Clock,
        policy: Policy,
        *,
        stopping: Callable[[], bool],
    ) -> None:
        """Look at ``source``; ``stopping`` tells whether all of it was told to stop."""
        self._source = source
        self._observation = observation
        self._clock = clock
        self._policy = policy
        self._stopping = stopping

    async def page(self) -> bytes:
        """Return all metrics, in Prometheus's text format."""
        facts = await self._observation.look()
        told = [*self._source.collect(), *about_node(), *of_facts(facts, self._clock.now())]
        return scrape.render(told)

    async def live(self) -> Verdict:
        """Tell whether the server processes' event loops turn; if not, only a restart helps."""
        beat = scrape.values(self._source, {_BEAT}).get(_BEAT)
        stuck = beat is not None and self._clock.now() - beat > STUCK_SECONDS
        return Verdict({"event_loop": not stuck})

    async def ready(self) -> Verdict:
        """Tell whether this node should be sent requests."""
        facts = await self._observation.look()
        told = scrape.values(self._source, {_BEAT, _KEYS, _KEYSTORE, _WORKERS, _DRAINING})
        now = self._clock.now()
        return Verdict(
            {
                "staying": not (self._stopping() or told.get(_DRAINING)),
                "serving": told.get(_WORKERS, 0) > 0,
                "event_loop": now - told.get(_BEAT, 0) <= STUCK_SECONDS,
                "keystore": told.get(_KEYSTORE) != 0,
                "keys": now - told.get(_KEYS, 0) <= self._policy.margin,
                **{f"{store}_database": up for store, up in facts.up.items()},
                **{f"{store}_schema": right for store, right in facts.schema.items()},
                **{f"{store}_writable": right for store, right in facts.writable.items()},
            }
        )

    async def close(self) -> None:
        """Let go of the databases."""
        await self._observation.close()


def management(
    settings: Settings,
    source: Source,
    *,
    clock: Clock | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Management:
    """Return the application of the management port, over the numbers of ``source``."""
    clock = clock or SystemClock()
    databases = {
        Store.PROVIDER: database_at(settings.database_url, settings),
        Store.ENROLMENT: database_at(settings.enrolment_database_url, settings),
    }
    policy = Policy(jwks_max_age=settings.jwks_max_age)
    schedule = Schedule(settings.key_rotation_days, settings.key_overlap_days)
    observation = Observation(databases, clock, policy, ticks=monotonic, schedule=schedule)
    return Management(Node(source, observation, clock, policy, stopping=stopping))
