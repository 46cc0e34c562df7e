"""Expired rows leave by themselves, in bounded batches, so that no table grows for ever."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from idp.domain.activity import KEPT_DAYS, first_kept_day
from idp.domain.appeal import KEPT_DAYS as APPEAL_DAYS
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.proposal import KEPT_SECONDS
from idp.storage import (
    activity,
    appeals,
    consents,
    enrolments,
    grants,
    logouts,
    notices,
    operator_links,
    operator_sessions,
    proposals,
    pushed_requests,
    recoveries,
    registration_tokens,
    replays,
    sessions,
    throttles,
    vouchers,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.clock import Clock
    from idp.services.closing import Closing
    from idp.services.enrolment import Enrolment
    from idp.storage.database import Database

PERIOD_SECONDS = 60
BATCH = 1000
NOTICE_SECONDS = 7 * SECONDS_PER_DAY  # longer than any wait between two tries at one
CLOCK_SKEW_SECONDS = 60  # a node whose clock is behind still refuses what was used


async def prune(
    database: Database, clock: Clock, *, activity_days: int = KEPT_DAYS, batch: int = BATCH
) -> None:
    """Delete all that has expired, ``batch`` rows at a time, each time in its own transaction."""
    now, today = clock.now(), clock.now() // SECONDS_PER_DAY
    for sweep in (
        partial(grants.prune, now=now),
        partial(replays.prune, now=now - CLOCK_SKEW_SECONDS),
        partial(throttles.prune, now=now),
        partial(registration_tokens.prune, now=now),
        partial(sessions.prune, today=today),
        partial(recoveries.prune, today=today),
        partial(consents.prune, today=today),
        partial(activity.prune, before=first_kept_day(today, activity_days)),
        partial(operator_links.prune, now=now),
        partial(operator_sessions.prune, today=today),
        partial(proposals.prune, before=now - KEPT_SECONDS),
        partial(notices.prune, before=now - NOTICE_SECONDS),
        partial(logouts.prune, before=now - NOTICE_SECONDS),
        partial(appeals.prune, before=today - APPEAL_DAYS),
        partial(pushed_requests.prune, now=now),
    ):
        await _until_done(partial(sweep, database), batch)


async def prune_enrolments(
    store: Database, enrolment: Enrolment, clock: Clock, *, batch: int = BATCH
) -> None:
    """Resolve enrolments that stopped half way, and delete what has expired beside them."""
    today = clock.now() // SECONDS_PER_DAY
    for sweep in (
        enrolment.reap,
        partial(vouchers.prune, store, today=today),
        partial(enrolments.prune, store, today=today),
    ):
        await _until_done(sweep, batch)


async def finish_closings(closing: Closing, *, batch: int = BATCH) -> None:
    """Tell the enrolment store of accounts closed just before something stopped."""
    await _until_done(closing.finish, batch)


async def _until_done(sweep: Callable[..., Awaitable[int]], batch: int) -> None:
    done = batch
    while done >= batch:
        done = await sweep(batch=batch)
        await asyncio.sleep(0)  # whoever waits goes first
