"""What each server process has at hand: a rotation waits for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.node import Node
from idp.storage import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.domain.clock import Clock, Entropy
    from idp.domain.signing_key import Policy
    from idp.storage.database import Database

_ID_BYTES = 16


class Nodes:
    """All server processes, of which we are one. Its id is drawn when it first tells of itself."""

    def __init__(self, database: Database, clock: Clock, entropy: Entropy, policy: Policy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._policy = policy
        self._id = ""
        self._started_at = 0

    async def beat(self, loaded: Iterable[str]) -> None:
        """Tell that this process is alive, and all that it has loaded by now.

        ``loaded``: kids that it serves and can sign with, and versions of secrets.
        """
        now = self._clock.now()
        if not self._id:
            self._id, self._started_at = self._entropy.bytes(_ID_BYTES).hex(), now
        node = Node(self._id, frozenset(loaded), self._policy.jwks_max_age, self._started_at, now)
        await nodes.beat(self._database, node)

    async def everyone(self) -> tuple[Node, ...]:
        """Return all processes of the last days, the dead ones too."""
        return tuple(await nodes.everyone(self._database))

    async def live(self) -> tuple[Node, ...]:
        """Return the processes that may still sign: heard of within the policy's margin."""
        now = self._clock.now()
        return tuple(one for one in await self.everyone() if self._policy.is_live(one, now))

    async def lacking(self, item: str) -> tuple[Node, ...]:
        """Return the live processes that have not loaded ``item``."""
        return tuple(node for node in await self.live() if item not in node.loaded)

    async def all_have(self, item: str) -> bool:
        """Tell whether every live process has loaded ``item``."""
        return not await self.lacking(item)
