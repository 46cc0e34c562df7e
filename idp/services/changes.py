"""Whether what this process keeps in memory still holds, whoever changed it, on whichever node.

The rules:

1. Whoever changes a client, a signing key or a version of a secret, by whichever code, moves that
   kind's version in the same transaction: a trigger does (DECISIONS 80).
2. Each process reads the versions once a second. One that moved drops what was kept of its kind.
3. What is kept may be used for ``SECONDS`` after the versions were last read, and not a moment
   longer: a process that stood still, or was kept from reading, reads them first. While the
   database does not answer it uses nothing that may be over; it raises Unavailable.
4. What was read while a version moved is not kept.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from idp.storage import changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.clock import Clock
    from idp.storage.database import Database

    Follower = Callable[[], Awaitable[None] | None]

SECONDS = 2  # after which a change is known everywhere
PERIOD_SECONDS = 1.0


class Kind(StrEnum):
    """What is kept in memory."""

    CLIENTS = "clients"
    KEYS = "keys"


class Changes:
    """Looks, and tells those who follow."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._turn = asyncio.Lock()
        self._looked_at: int | None = None
        self._seen: dict[str, int] = {}
        self._followers: dict[Kind, list[Follower]] = {kind: [] for kind in Kind}

    def follow(self, kind: Kind, follower: Follower) -> None:
        """Have ``follower`` called whenever something of ``kind`` has changed."""
        self._followers[kind].append(follower)

    @property
    def fresh(self) -> bool:
        """Tell whether what is kept may be used as it is."""
        # A clock that went back says nothing of how long we stood still.
        looked_at = self._looked_at
        return looked_at is not None and 0 <= self._clock.now() - looked_at < SECONDS

    async def current(self) -> None:
        """Return when what is kept may be used; raises Unavailable."""
        if self.fresh:
            return
        async with self._turn:
            if not self.fresh:  # somebody else has looked meanwhile
                await self._look()

    async def look(self) -> None:
        """Read the versions, and have dropped what has changed; raises Unavailable."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        now = self._clock.now()  # whatever is committed later may not be seen
        found = await changes.find(self._database)
        for kind, followers in self._followers.items():
            # The first look finds nothing that is kept: whoever starts reads everything after it.
            if self._looked_at is not None and found.get(kind, 0) != self._seen[kind]:
                for follower in followers:
                    waiting = follower()
                    if waiting is not None:
                        await waiting
            # One by one: of a follower that fails nothing is noted, and it is told again.
            self._seen[kind] = found.get(kind, 0)
        self._looked_at = now
