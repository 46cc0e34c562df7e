"""Whether this process should be sent requests: databases can be written, keys answer, it stays.

A process whose keys are older than the margin that activation leaves would go on serving an old
JWKS, and a platform that asks it would not learn of the key that another node signs with (promise
P7): so it is not ready. One that was told to stop is not ready first and stops a little later, so
that a load balancer takes it out while it still answers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal
from idp.storage import health

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.domain.signing_key import Policy
    from idp.storage.database import Database

_RETRY_SECONDS = "5"
_ENOUGH_SECONDS = 2.0  # whoever asks gives up soon after; a database that is slower is none


class Readiness:
    """The state of one process."""

    def __init__(
        self,
        database: Database,
        store: Database,
        clock: Clock,
        policy: Policy,
        *,
        drain_seconds: int = 0,
    ) -> None:
        """``drain_seconds`` is how long it still serves once it was told to stop."""
        self.drain_seconds = drain_seconds
        self._stores = (database, store)
        self._clock = clock
        self._margin = policy.margin
        self.keys_loaded_at = clock.now()  # those of the key store; `load` follows at the start
        self.draining = False
        """Whether this server was told to stop."""
        self.replaced = False
        """Whether this process was, because another serves in its place."""
        self.keystore_answers = True
        """Whether the machine that holds the keys, if there is one, answered when last asked."""
        self._looking: asyncio.Task[None] | None = None

    @property
    def leaving(self) -> bool:
        """Tell whether connections should go to another process, as soon as they are answered."""
        return self.draining or self.replaced

    def keys_loaded(self) -> int:
        """Note that the keys have just been brought up to date; return the time."""
        self.keys_loaded_at = self._clock.now()
        return self.keys_loaded_at

    async def check(self) -> None:
        """Return when this process can serve; raises Refusal (``UNAVAILABLE``) or Unavailable.

        Whoever asks while it is being found out is told the same: anybody may ask, at any time and
        as often as they like, and must not keep more than one connection from sign-ins.
        """
        fresh = self._clock.now() - self.keys_loaded_at <= self._margin
        if self.draining or not fresh or not self.keystore_answers:
            raise Refusal(Cause.UNAVAILABLE, retry_after=_RETRY_SECONDS)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_ENOUGH_SECONDS):
                for store in self._stores:
                    await health.check_writable(store)
        except TimeoutError:
            raise Refusal(Cause.UNAVAILABLE, retry_after=_RETRY_SECONDS) from None
