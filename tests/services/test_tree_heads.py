"""Heads: when they are published, what they prove, and how months come to be counted."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain import merkle
from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.domain.secret_key import VersionedSecret
from idp.protocol import tree_head
from idp.storage import schema
from tests.support.audit_log import SECRET, Log, execute, opened

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


@pytest_asyncio.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    async with opened(f"sqlite:///{tmp_path / 'log.db'}") as started:
        yield started


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


async def test_one_head_a_day_where_something_was_added(log: Log):
    assert not await log.heads.make()  # nothing to sign
    await log.record()
    assert await log.heads.make()
    await log.record()
    assert not await log.heads.make()  # more would tell when something was done
    log.clock.advance(SECONDS_PER_DAY - 1)
    assert not await log.heads.make()
    log.clock.advance(1)
    assert await log.heads.make()
    log.clock.advance(SECONDS_PER_DAY)
    assert not await log.heads.make()  # nothing new
    assert [one.size for one in await log.heads.listed()] == [2, 1]


async def test_no_head_says_when_something_was_done_after_some_quiet_days(log: Log):
    """It would come within minutes: whoever polls would have the hour of a suspension."""
    await log.record()
    await log.heads.make()
    log.clock.advance(5 * SECONDS_PER_DAY + 14 * 3600)
    await log.audit.record(log.database, Act.SUSPENDED, case_id="one")
    log.clock.advance(60)
    assert not await log.heads.make()
    log.clock.advance(10 * 3600)  # the next day
    assert await log.heads.make()
    assert [one.size for one in await log.heads.listed()] == [2, 1]


async def test_acts_and_heads_at_once_leave_no_gap_and_one_head(url: str):
    """Two nodes that append at the same moment: one row makes them take turns."""
    async with opened(url) as log, opened(url) as other:
        await asyncio.gather(*(node.record(3) for node in [log, other] * 3))
        made = await asyncio.gather(*(node.heads.make() for node in [log, other] * 2))
        assert sorted(made) == [False, False, False, True]
        entries = await log.audit.since(0, most=99)
        assert [entry.position for entry in entries] == list(range(18))
        assert await log.problems() == []


async def test_a_head_is_signed_by_the_key_that_is_published(log: Log):
    await log.record(3)
    await log.heads.make()
    newest = await log.heads.newest()
    assert newest is not None
    key = log.heads.verifier_keys[0]
    assert key.startswith("id.example/transparency+")
    read = tree_head.read(newest.note, [tree_head.read_verifier_key(key)])
    entries = await log.audit.since(0, most=9)
    peaks: list[bytes] = []
    for entry in entries:
        peaks, _ = merkle.append(entry.position, peaks, merkle.leaf_hash(entry.leaf))
    assert (read.size, read.root, read.at) == (3, merkle.root(peaks), log.clock.now())


async def test_heads_prove_each_other_and_what_is_in_them(log: Log):
    for times in (3, 1, 9):
        await log.record(times)
        await log.head()
    old, middle, new = reversed(await log.heads.listed())
    for before, after in ((old, middle), (old, new), (middle, new), (new, new)):
        path = await log.heads.consistency(before.size, after.size)
        assert merkle.is_consistent(before.size, after.size, path, before.root, after.root)
    for entry in await log.audit.since(0, most=99):
        leaf_hash, path = await log.heads.inclusion(entry.position, new.size)
        assert leaf_hash == merkle.leaf_hash(entry.leaf)
        assert merkle.includes(leaf_hash, entry.position, new.size, path, new.root)


async def test_nothing_is_told_of_what_is_not_published(log: Log):
    """Not even how many entries there are by now."""
    await log.record(3)
    await log.heads.make()
    await log.record(4)
    for asked in (
        *(log.heads.find(size) for size in (0, 2, 4, 7, -1, 2**31, 2**70)),
        *(log.heads.consistency(*sizes) for sizes in ((3, 7), (2, 3), (0, 3), (7, 3))),
        *(log.heads.inclusion(*place) for place in ((3, 3), (5, 7), (-1, 3), (0, 2))),
    ):
        with pytest.raises(Refusal) as refused:
            await asked
        assert refused.value.cause is Cause.NOT_FOUND


async def test_leaves_of_two_like_entries_tell_nothing_of_each_other(log: Log):
    """There are few things to say: without a salt a hash would say which it is."""
    await log.record()
    await log.record()
    one, other = await log.audit.since(0, most=9)
    told = [json.loads(entry.leaf) for entry in (one, other)]
    assert {len(each.pop("salt")) for each in told} == {32}
    assert told[0] | {"index": 1} == told[1]


async def test_months_are_counted_when_they_are_over_those_without_any_too(log: Log):
    for case in ("one", "two"):
        await log.audit.record(log.database, Act.SUSPENDED, case_id=case)
    await log.heads.make()
    assert await log.heads.months() == []
    log.clock.advance(31 * SECONDS_PER_DAY)  # 1 February
    await log.heads.make()
    await log.audit.record(log.database, Act.APPEALED, case_id="one")
    log.clock.advance(62 * SECONDS_PER_DAY)  # 4 April
    await log.heads.make()
    counted = await log.heads.months()
    assert [(one.month.name, one.month.counts["suspended"]) for one in counted] == [
        *(("2026-03", 0), ("2026-02", 0), ("2026-01", 2))
    ]
    assert [one.month.counts["appealed"] for one in counted] == [0, 1, 0]
    assert await log.problems() == []


async def test_a_month_in_which_nothing_was_done_is_counted_all_the_same(log: Log):
    await log.record()
    await log.heads.make()
    for _ in range(3):
        log.clock.advance(31 * SECONDS_PER_DAY)
        assert await log.heads.make()
    assert len(await log.heads.months()) == 3


async def test_time_in_the_log_never_goes_back(log: Log):
    """A node whose clock is behind the others'."""
    await log.record()
    log.clock._now -= 500
    await log.record()
    assert len({entry.at for entry in await log.audit.since(0, most=9)}) == 1
    assert await log.problems() == []


async def test_nothing_is_dated_before_a_head_that_was_made_already(log: Log):
    """The clock goes back just after: the entry is not in the head, so it is not older than it."""
    await log.record()
    await log.head()
    log.clock._now -= 500
    await log.record()
    assert await log.problems() == []


async def test_who_kept_the_older_key_can_go_on_after_a_new_one_came(tmp_path: Path):
    url, one, both = f"sqlite:///{tmp_path / 'log.db'}", SECRET.versions[1], SECRET.versions
    async with opened(url, VersionedSecret({1: one}, active=1)) as log:
        await log.record(2)
        old, [key] = await log.head(), log.tree.public_keys
    async with opened(url, VersionedSecret(both, active=2)) as log:
        log.clock.advance(SECONDS_PER_DAY)
        await log.record(2)
        new = await log.head()
        assert await log.problems(mine=old) == []
        assert log.tree.public_keys[1] == key
        assert tree_head.read(new, [key]) == tree_head.read(new, log.tree.public_keys[:1])


async def test_an_older_log_goes_into_the_tree_as_it_was(url: str):
    """Positions had gaps, and a clock that was set back had left its mark."""
    old = (
        "INSERT INTO audit (position, at, act, operator_id, case_id)"
        " VALUES (:position, :at, :act, :operator_id, :case_id)"
    )
    await asyncio.to_thread(schema.upgrade, schema.Store.PROVIDER, url, "0003_protocol")
    for position, at, act in (
        (1, 500, "operator_added"),
        (2, 400, "suspended"),
        (7, 600, "lifted"),
    ):
        values = {"position": position, "at": at, "act": act, "operator_id": b"one"}
        await asyncio.to_thread(execute, url, old, case_id="CASE", **values)
    async with opened(url) as log:
        entries = await log.audit.since(0, most=9)
        assert [(one.position, one.at, one.act.value) for one in entries] == [
            *((0, 500, "operator_added"), (1, 500, "suspended"), (2, 600, "lifted"))
        ]
        assert {(one.operator_id, one.case_id) for one in entries} == {(b"one", "CASE")}
        assert await log.problems() == []
        assert await log.heads.make()
        await log.record()
        assert await log.problems(mine=await log.newest()) == []
