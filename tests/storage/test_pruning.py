"""Expired rows leave in bounded batches: no delete holds everybody up."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from idp.storage import activity, consents, grants, replays, sessions
from idp.storage.database import Database
from tests.support.rows import NOW, TODAY, add_grant, add_person, new_event, put_consent, unique

Adding = Callable[[Database, bool], Awaitable[None]]
Pruning = Callable[[Database, int], Awaitable[int]]


async def add_a_grant(database: Database, expired: bool) -> None:
    await add_grant(database, expires_at=NOW if expired else NOW + 1)


async def add_a_session(database: Database, expired: bool) -> None:
    await sessions.add(
        database,
        digest=unique(32),
        person_id=await add_person(database),
        facts_sealed=b"",
        expires_day=TODAY - 1 if expired else TODAY,
    )


async def add_a_replay(database: Database, expired: bool) -> None:
    await replays.spend(database, unique(32), expires_at=NOW if expired else NOW + 1)


async def add_a_consent(database: Database, expired: bool) -> None:
    await put_consent(database, unique(32), expires_day=TODAY - 1 if expired else TODAY)


async def add_an_event(database: Database, expired: bool) -> None:
    await activity.add(database, new_event(day=TODAY - 1 if expired else TODAY))


CASES: list[tuple[Adding, Pruning]] = [
    (add_a_grant, lambda node, batch: grants.prune(node, now=NOW, batch=batch)),
    (add_a_session, lambda node, batch: sessions.prune(node, today=TODAY, batch=batch)),
    (add_a_replay, lambda node, batch: replays.prune(node, now=NOW, batch=batch)),
    (add_a_consent, lambda node, batch: consents.prune(node, today=TODAY, batch=batch)),
    (add_an_event, lambda node, batch: activity.prune(node, before=TODAY, batch=batch)),
]


@pytest.mark.parametrize(("add", "prune"), CASES, ids=lambda case: getattr(case, "__name__", ""))
async def test_a_batch_is_bounded_and_takes_only_what_has_expired(
    database: Database, add: Adding, prune: Pruning
):
    for expired in (True, True, True, True, True, False, False):
        await add(database, expired)

    assert [await prune(database, 2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize(("add", "prune"), CASES, ids=lambda case: getattr(case, "__name__", ""))
async def test_nodes_that_prune_at_once_do_not_get_in_each_others_way(
    nodes: list[Database], add: Adding, prune: Pruning
):
    for _ in range(12):
        await add(nodes[0], True)

    deleted = await asyncio.gather(*(prune(node, 4) for node in nodes))

    assert max(deleted) <= 4
    assert sum(deleted) + await prune(nodes[0], 12) == 12
