"""What one server process tells of itself, once a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from starlette.routing import Route

from idp.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from idp.app.parts import Parts
    from idp.web.admission import Admission
    from idp.web.site import Services

SECONDS = 1.0


def metrics_of(
    parts: Parts, routes: Sequence[BaseRoute], registry: CollectorRegistry | None
) -> Metrics | None:
    """Return the metrics of a process, or None where the settings ask for none."""
    if parts.settings.management_port is None:
        return None
    return Metrics(
        CollectorRegistry() if registry is None else registry,
        endpoints=[route.path for route in routes if isinstance(route, Route)],
        now=parts.clock.now(),
        clients=parts.settings.metrics_clients,
    )


class Pulse:
    """Beats as long as the event loop turns."""

    def __init__(
        self, parts: Parts, services: Services, metrics: Metrics, admission: Admission
    ) -> None:
        self._admission = admission
        self._clock = parts.clock
        self._stores = {"provider": parts.database, "enrolment": parts.enrolment_store}
        self._keys = services.keys
        self._readiness = services.readiness
        self._metrics = metrics

    async def beat(self) -> None:
        """Beat once a second for as long as the process lives."""
        clock = asyncio.get_running_loop().time
        lag = 0.0
        while True:
            self.once(lag=lag)
            due = clock() + SECONDS
            await asyncio.sleep(SECONDS)
            lag = max(0.0, clock() - due)

    def once(self, *, lag: float = 0.0) -> None:
        """Tell how things stand; the last beat was ``lag`` seconds late."""
        for store, database in self._stores.items():
            use = database.use()
            if use is not None:
                self._metrics.pool(store, used=use.used, opened=use.opened, waited=use.waited)
        self._metrics.unknown_kids(self._keys.unknown_kids)
        self._metrics.keystore(answers=self._readiness.keystore_answers)
        door = self._admission
        self._metrics.admission(
            refused=door.refused, limit=int(door.limit), under_way=door.under_way
        )
        if self._readiness.draining:
            self._metrics.drain()
        self._metrics.beat(self._clock.now(), lag=lag)
