"""Expired rows leave by themselves, in bounded batches, so that no table grows for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.services.sessions import SECONDS_PER_DAY
from idp.storage import consents, grants, replays, sessions

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.storage.database import Database

PERIOD_SECONDS = 60
BATCH = 1000


async def prune(database: Database, clock: Clock) -> None:
    """Delete what has expired, at most ``BATCH`` rows of each kind."""
    now = clock.now()
    await grants.prune(database, now=now, batch=BATCH)
    await replays.prune(database, now=now, batch=BATCH)
    await sessions.prune(database, today=now // SECONDS_PER_DAY, batch=BATCH)
    await consents.prune(database, today=now // SECONDS_PER_DAY)
