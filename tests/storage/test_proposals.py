"""A proposal is decided once, by somebody else, in its time: on both dialects."""

import asyncio
import itertools

from idp.domain.proposal import WHILE_SUSPENDED
from idp.storage import proposals
from idp.storage.database import Connection, Database
from idp.storage.proposals import Decision
from tests.support.rows import NOW, add_proposal

ONE, OTHER = b"the one", b"the other"


def decision(proposal_id: str, operator_id: bytes = OTHER, now: int = NOW) -> Decision:
    return Decision(proposal_id, operator_id, b"facts after", now, expires_at=now + 99)


async def state(database: Connection, proposal_id: str) -> tuple[str, bytes | None, bytes]:
    row = await proposals.find(database, proposal_id)
    assert row is not None
    return row["state"], row["decided_by"], row["facts_sealed"]


async def test_another_operator_approves_it_once(database: Database):
    proposal_id = await add_proposal(database)
    assert not await proposals.approve(database, decision(proposal_id, ONE))
    assert await state(database, proposal_id) == ("open", None, b"sealed facts")
    assert await proposals.approve(database, decision(proposal_id))
    assert await state(database, proposal_id) == ("approved", OTHER, b"facts after")
    assert not await proposals.approve(database, decision(proposal_id, b"a third"))
    assert not await proposals.decline(database, decision(proposal_id))
    assert await state(database, proposal_id) == ("approved", OTHER, b"facts after")


async def test_whoever_proposed_it_may_withdraw_it(database: Database):
    proposal_id = await add_proposal(database)
    assert await proposals.decline(database, decision(proposal_id, ONE))
    assert await state(database, proposal_id) == ("declined", ONE, b"facts after")
    assert not await proposals.approve(database, decision(proposal_id))


async def test_past_its_time_it_is_not_decided(database: Database):
    proposal_id = await add_proposal(database, expires_at=NOW)
    assert not await proposals.approve(database, decision(proposal_id))
    assert not await proposals.decline(database, decision(proposal_id))


async def test_of_many_who_decide_at_once_one_does(nodes: list[Database]):
    turns, ways = itertools.cycle(nodes), itertools.cycle((proposals.approve, proposals.decline))
    for _ in range(3):
        proposal_id = await add_proposal(nodes[0])
        won = await asyncio.gather(
            *(next(ways)(next(turns), decision(proposal_id)) for _ in range(16))
        )
        assert won.count(True) == 1


async def test_what_an_operator_proposed_is_withdrawn_with_them(database: Database):
    mine, yours = await add_proposal(database), await add_proposal(database, proposed_by=OTHER)
    done = await add_proposal(database)
    assert await proposals.approve(database, decision(done))
    await proposals.withdraw_of(database, ONE, now=NOW)
    states = [(await state(database, one))[0] for one in (mine, yours, done)]
    assert states == ["declined", "open", "approved"]


async def test_cases_are_listed_with_suspensions_first_and_pruned_when_over(database: Database):
    over, fresh, held = [await add_proposal(database) for _ in range(3)]
    for proposal_id in (over, fresh, held):
        assert await proposals.approve(database, decision(proposal_id))
    await proposals.keep(database, over, until=NOW - 50)
    await proposals.keep(database, held, until=WHILE_SUSPENDED)
    found = await proposals.cases(database, since=NOW - 10, most=9)
    assert [row["id"] for row in found] == [held, fresh]
    assert await proposals.prune(database, before=NOW - 50, batch=9) == 1
    assert await proposals.find(database, over) is None
    assert await proposals.prune(database, before=NOW + 10**9, batch=9) == 1
    assert await proposals.find(database, held) is not None


async def test_what_is_in_a_case_is_found_by_it(database: Database):
    case_id = await add_proposal(database)
    inside = await add_proposal(database, case_id=case_id, act="suspend")
    await add_proposal(database)
    found = await proposals.in_case(database, case_id)
    assert {row["id"] for row in found} == {case_id, inside}
    open_ones = await proposals.all_open(database, now=NOW, most=2)
    assert len(open_ones) == 2
