"""Whatever is done to the log behind our back is found, and the entry is named (promise P6)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.audit import Act
from idp.services.tree_heads import LogBroken
from tests.support.audit_log import Log, opened
from tests.support.postgres import Postgres


@pytest_asyncio.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    """A log of nine entries and two published heads, for five entries and for eight."""
    async with opened(f"sqlite:///{tmp_path / 'log.db'}") as started:
        await filled(started)
        yield started


async def filled(log: Log) -> None:
    await log.record(5)
    await log.head()
    await log.record(3, Act.CLIENT_CHANGED)
    await log.head()
    await log.record(1, Act.CLIENT_REMOVED)


async def test_a_whole_log_is_found_whole(log: Log):
    report = await log.check.check({"mine": await log.newest()})
    assert (report.entries, report.heads, report.problems) == (9, 2, [])


@pytest.mark.parametrize("index", [0, 4, 7, 8])
@pytest.mark.parametrize(
    "change", ["act = 'client_enabled'", "subject = 'another'", "via = NULL", "salt = x'00'"]
)
async def test_a_changed_entry_is_found(log: Log, index: int, change: str):
    """Also the newest, which no published head covers yet."""
    await log.execute(f"UPDATE audit SET {change} WHERE position = :index", index=index)  # noqa: S608
    assert ("entry_changed", index) in await log.problems()


async def test_an_entry_that_is_none_is_found(log: Log):
    await log.execute("UPDATE audit SET act = 'nonsense' WHERE position = 3")
    await log.execute("UPDATE audit SET at = 'nonsense' WHERE position = 6")
    assert {("entry_changed", 3), ("entry_changed", 6)} <= {*await log.problems()}


@pytest.mark.parametrize("index", [0, 4, 8])
async def test_a_removed_entry_is_found(log: Log, index: int):
    await log.execute("DELETE FROM audit WHERE position = :index", index=index)
    assert await log.problems() == [("entry_missing", index)]


async def test_a_removed_entry_is_found_though_the_gap_is_closed(log: Log):
    await log.execute(
        "DELETE FROM audit WHERE position = 3",
        "UPDATE audit SET position = -position WHERE position > 3",
        "UPDATE audit SET position = -position - 1 WHERE position < 0",
    )
    found = await log.problems()
    assert found[0] == ("entry_changed", 3)
    assert ("entry_missing", 8) in found


async def test_entries_in_another_order_are_found(log: Log):
    await log.execute(
        "UPDATE audit SET position = 99 WHERE position = 1",
        "UPDATE audit SET position = 1 WHERE position = 2",
        "UPDATE audit SET position = 2 WHERE position = 99",
    )
    assert {("entry_changed", 1), ("entry_changed", 2)} <= {*await log.problems()}


_ROW = "INSERT INTO audit SELECT {}, at, act, operator_id, case_id, subject, via, salt FROM audit"


@pytest.mark.parametrize("index", [-1, 9, 2_000_000_000])
async def test_an_inserted_entry_is_found(log: Log, index: int):
    await log.execute(f"{_ROW.format(index)} WHERE position = 8")
    assert ("entry_inserted", index) in await log.problems()


async def test_an_entry_dated_back_is_found(log: Log):
    await log.execute("UPDATE audit SET at = at - 1 WHERE position = 6")
    assert ("entry_changed", 6) in await log.problems()


@pytest.mark.parametrize("sign", [False, True])
async def test_an_entry_dated_back_is_found_though_the_tree_was_made_to_fit(log: Log, sign: bool):
    """Behind a head nothing can be older than it: not even where somebody has our key."""
    await log.execute("UPDATE audit SET at = at - 86400 WHERE position = 8")
    await log.grow_anew(sign=sign)
    found = await log.problems()
    assert ("time_back", 8) in found
    assert (("tree_not_ours", None) in found) is not sign


async def test_an_entry_younger_than_the_head_over_it_is_found(log: Log):
    await log.execute("UPDATE audit SET at = at + 864000 WHERE position IN (4, 5, 6, 7, 8)")
    await log.grow_anew(sign=True)
    found = await log.problems()
    assert ("time_ahead", 4) in found
    assert ("head_differs", 4) in found


async def test_a_changed_entry_is_found_though_the_tree_was_made_to_fit(log: Log):
    """Whoever has the database and not the key: the published head is still there, and signed."""
    await log.execute("UPDATE audit SET subject = 'another' WHERE position = 2")
    await log.grow_anew(sign=False)
    assert {("head_differs", 4), ("head_differs", 7), ("tree_not_ours", None)} <= {
        *await log.problems()
    }


async def test_what_no_head_covers_yet_cannot_be_changed_without_the_key(log: Log):
    await log.execute("UPDATE audit SET subject = 'another' WHERE position = 8")
    await log.grow_anew(sign=False)
    assert await log.problems() == [("tree_not_ours", None)]


async def test_a_forged_state_is_not_signed_by_going_on(log: Log):
    """Appending would otherwise be the forger's way to our signature."""
    await log.execute("UPDATE audit SET subject = 'another' WHERE position = 8")
    await log.grow_anew(sign=False)
    await log.record(2)
    log.clock.advance(86400)
    with pytest.raises(LogBroken):
        await log.heads.make()
    assert ("tree_not_ours", None) in await log.problems()


async def test_a_state_without_signature_is_not_signed_where_heads_were_published(
    log: Log,
):
    await log.execute(
        "UPDATE audit SET subject = 'another' WHERE position = 8",
        "UPDATE audit_tree SET head = NULL",
    )
    await log.grow_anew(sign=False)
    await log.record()
    assert ("tree_not_ours", None) in await log.problems()


async def test_a_tail_that_was_cut_off_is_found_by_a_head_kept_elsewhere(log: Log):
    """An old copy of the whole log is whole: only whoever remembers more can tell."""
    newest = await log.newest()
    await log.execute(
        "DELETE FROM audit WHERE position >= 5",
        "DELETE FROM tree_heads WHERE size > 5",
    )
    await log.grow_anew(sign=True)
    assert await log.problems() == []
    assert await log.problems(mine=newest) == [("log_shorter", 5)]


async def test_a_history_rewritten_under_a_new_tree_is_found_by_a_head_kept_elsewhere(
    log: Log,
):
    """Whoever has the database and the key can make another log, but not the same one."""
    newest = await log.newest()
    await log.execute(
        "UPDATE audit SET subject = 'another' WHERE position = 2",
        "DELETE FROM tree_heads",
    )
    await log.grow_anew(sign=True)
    assert await log.problems() == []
    assert await log.problems(mine=newest) == [("history_rewritten", None)]


async def test_a_changed_or_foreign_head_is_found(log: Log):
    await log.execute("UPDATE tree_heads SET at = at - 1 WHERE size = 5")
    assert await log.problems() == [("head_changed", None)]
    await log.execute("UPDATE tree_heads SET head = replace(head, '8', '9') WHERE size = 8")
    assert await log.problems() == [("head_changed", None)] * 2
    assert ("kept_head_refused", None) in await log.problems(theirs="nonsense")


async def test_a_changed_node_is_found(log: Log):
    """A proof would be wrong that everybody is given."""
    await log.execute("UPDATE audit_nodes SET hash = x'00' WHERE level = 1 AND number = 1")
    found = await log.problems()
    assert ("node_changed", 3) in found


async def test_a_count_that_is_wrong_is_found(log: Log):
    log.clock.advance(31 * 86400)
    await log.heads.make()
    assert await log.problems() == []
    await log.execute(
        "UPDATE audit SET subject = replace(subject, 'suspended:0', 'suspended:1')"
        " WHERE act = 'month_counted'",
    )
    await log.grow_anew(sign=True)
    assert ("count_wrong", 9) in await log.problems()


@pytest.mark.postgres
async def test_removed_changed_and_inserted_entries_are_found_on_postgresql(
    postgres: Postgres,
):
    async with opened(postgres.new_database()) as log:
        await filled(log)
        assert await log.problems(mine=await log.newest()) == []
        await log.execute(
            "DELETE FROM audit WHERE position = 1",
            "UPDATE audit SET at = at - 1 WHERE position = 6",
            f"{_ROW.format(9)} WHERE position = 8",
        )
        found = await log.problems()
        assert {("entry_missing", 1), ("entry_changed", 6), ("entry_inserted", 9)} <= {*found}
