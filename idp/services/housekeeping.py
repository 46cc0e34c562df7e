"""Expired rows leave by themselves, in bounded batches, so that no table grows for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from idp.domain.activity import KEPT_DAYS, first_kept_day, slot_days
from idp.domain.appeal import KEPT_DAYS as APPEAL_DAYS
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.proposal import KEPT_SECONDS
from idp.storage import (
    activity,
    appeals,
    closings,
    consents,
    enrolments,
    grants,
    logouts,
    nodes,
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
    from idp.storage.database import Connection, Database

    Counts = dict[str, int]
    Sweeps = dict[str, Callable[..., Awaitable[int]]]

PERIOD_SECONDS = 60
BATCH = 1000
_MANY = 1_000_000  # where rows are counted only
NOTICE_SECONDS = 7 * SECONDS_PER_DAY  # longer than any wait between two tries at one
NODE_SECONDS = 2 * SECONDS_PER_DAY  # longer than any cache that a node has filled lives
CLOCK_SKEW_SECONDS = 60  # by a clock that is behind it may still be alive, or be refused


async def prune(
    database: Connection, clock: Clock, *, activity_days: int = KEPT_DAYS, batch: int = BATCH
) -> Counts:
    """Delete all that has expired, ``batch`` rows at a time; return how many of each table.

    Each batch is a transaction of its own, unless ``database`` is an open one.
    """
    return await _swept(database, _sweeps(clock, activity_days), batch)


def _sweeps(clock: Clock, activity_days: int) -> Sweeps:
    now, today = clock.now(), clock.now() // SECONDS_PER_DAY
    return {
        "grants": partial(grants.prune, now=now - CLOCK_SKEW_SECONDS),
        "replays": partial(replays.prune, now=now - CLOCK_SKEW_SECONDS),
        "throttles": partial(throttles.prune, now=now),
        "registration_tokens": partial(registration_tokens.prune, now=now),
        "sessions": partial(sessions.prune, today=today),
        "recoveries": partial(recoveries.prune, today=today),
        "consents": partial(consents.prune, today=today),
        "activity": partial(_prune_history, today=today, kept_days=activity_days),
        "operator_links": partial(operator_links.prune, now=now),
        "operator_sessions": partial(operator_sessions.prune, today=today),
        "proposals": partial(proposals.prune, before=now - KEPT_SECONDS),
        "notices": partial(notices.prune, before=now - NOTICE_SECONDS),
        "logouts": partial(logouts.prune, before=now - NOTICE_SECONDS),
        "appeals": partial(appeals.prune, before=today - APPEAL_DAYS),
        "pushed_requests": partial(pushed_requests.prune, now=now - CLOCK_SKEW_SECONDS),
        "nodes": partial(nodes.prune, before=now - NODE_SECONDS, after=now + SECONDS_PER_DAY),
    }


async def _swept(database: Connection, sweeps: Sweeps, batch: int) -> Counts:
    return {
        name: await _until_done(partial(sweep, database), batch) for name, sweep in sweeps.items()
    }


async def prune_enrolments(
    store: Connection, enrolment: Enrolment, clock: Clock, *, batch: int = BATCH
) -> Counts:
    """Resolve enrolments that stopped half way, and delete what has expired beside them."""
    return {
        "enrolments_half_way": await _until_done(enrolment.reap, batch),
        **await _prune_store(store, clock, batch),
    }


async def finish_closings(closing: Closing, *, batch: int = BATCH) -> Counts:
    """Tell the enrolment store of accounts closed just before something stopped."""
    return {"closings_half_way": await _until_done(closing.finish, batch)}


async def would_prune(
    database: Database, store: Database, clock: Clock, *, activity_days: int = KEPT_DAYS
) -> Counts:
    """Return what the three above would do now; changes nothing."""
    now = clock.now()
    half_way = {
        "closings_half_way": len(await closings.some(database, batch=_MANY)),
        "enrolments_half_way": len(await enrolments.expired(store, now=now, batch=_MANY)),
    }
    sweeps, history = _sweeps(clock, activity_days), {}
    if database.dialect == "postgresql":
        # Emptied to be counted, a slot would be kept from everybody until all is counted.
        del sweeps["activity"]
        before = first_kept_day(now // SECONDS_PER_DAY, activity_days)
        stray_before = before - slot_days(activity_days)
        history["activity"] = await activity.would_go(
            database, before=before, stray_before=stray_before
        )
    swept = history | await _undone(database, partial(_swept, sweeps=sweeps, batch=BATCH))
    beside = await _undone(store, partial(_prune_store, clock=clock, batch=BATCH))
    return swept | half_way | beside


async def _prune_store(store: Connection, clock: Clock, batch: int) -> Counts:
    today = clock.now() // SECONDS_PER_DAY
    return {
        "vouchers": await _until_done(partial(vouchers.prune, store, today=today), batch),
        "enrolments": await _until_done(partial(enrolments.prune, store, today=today), batch),
    }


async def _prune_history(database: Connection, *, today: int, kept_days: int, batch: int) -> int:
    """Take away what is older than it is kept: on PostgreSQL slot by slot.

    A day that nobody is shown any more waits there for the last day of its slot. What waits longer
    than that leaves row by row: it lies in a slot of other days, or one that could not be locked.
    """
    before = first_kept_day(today, kept_days)
    if database.dialect == "sqlite":
        return await activity.prune(database, before=before, batch=batch)
    emptied = await activity.empty_slots(database, before=before)
    before -= slot_days(kept_days)
    return emptied + await activity.prune(database, before=before, batch=batch)


async def _undone(database: Database, sweep: Callable[[Connection], Awaitable[Counts]]) -> Counts:
    """Return what ``sweep`` counts, in a transaction that is taken back."""
    counted: Counts = {}
    with suppress(_TakenBack):
        async with database.transaction() as transaction:
            counted = await sweep(transaction)
            raise _TakenBack
    return counted


async def _until_done(sweep: Callable[..., Awaitable[int]], batch: int) -> int:
    total = done = await sweep(batch=batch)
    while done >= batch:
        await asyncio.sleep(0)  # whoever waits goes first
        done = await sweep(batch=batch)
        total += done
    return total


class _TakenBack(Exception):
    """Leaves a transaction that was only tried."""
