"""What the command line proposed: two operators approve it, and a shell counts as neither."""

import asyncio
from pathlib import Path

import pytest

from idp.domain.audit import Act, Via
from idp.domain.operator import Role
from idp.domain.proposal import OPEN_SECONDS, ProposalState, Proposed, Wording
from idp.domain.refusal import Cause, Refusal
from idp.storage import proposals as storage
from tests.support.logins import Platform
from tests.support.operators import Desk, TwoDesks, approval, approve, ask_to_open
from tests.support.platforms import Holder
from tests.support.provider import Provider, running


async def someone(provider: Provider) -> str:
    platform = await Platform.register(provider)
    return str((await platform.id_token(provider.browser()))["sub"])


async def draft(provider: Provider) -> str:
    proposals = provider.services.operations.proposals
    return await proposals.open_case(None, await someone(provider), "AZ 1/26")


async def state(provider: Provider, proposal_id: str) -> ProposalState:
    return (await provider.services.operations.proposals.find(proposal_id)).state


async def test_two_operators_approve_and_only_then_it_is_done(provider: Provider):
    desks = await TwoDesks.at(provider)
    proposal_id = await draft(provider)
    path = f"/operator/proposals/{proposal_id}"
    page = (await desks.one.browser.get(path)).text
    assert "somebody on the command line" in page
    assert 'data-testid="needs-two"' in page
    assert "needs two" in (await desks.one.browser.get("/operator/cases")).text

    assert (await approve(desks.one, proposal_id)).location == path
    assert await state(provider, proposal_id) is ProposalState.OPEN
    own = (await desks.one.browser.get(path)).text
    assert 'data-testid="needs-another"' in own
    assert "/approve" not in own
    seen = (await desks.other.browser.get(path)).text
    assert 'data-testid="first-approval"' in seen
    assert desks.one.name in seen

    assert (await approve(desks.other, proposal_id)).location == f"/operator/cases/{proposal_id}"
    done = (await desks.one.browser.get(path)).text
    assert "somebody on the command line" in done
    about = [
        (entry.act, entry.operator_id, entry.via)
        for entry in await provider.services.operations.audit.page()
        if entry.case_id == proposal_id
    ]
    assert about == [
        (Act.UNMASKED, desks.other.operator_id, None),
        (Act.PROPOSAL_SECONDED, desks.one.operator_id, None),
        (Act.UNMASK_PROPOSED, None, Via.COMMAND),
    ]


async def test_one_operator_alone_never_is_both(provider: Provider):
    desk = await Desk.join(provider, Role.SUPPORT)
    proposal_id = await draft(provider)
    operations = provider.services.operations
    first = await approval(desk, proposal_id)
    path = f"/operator/proposals/{proposal_id}/approve"
    assert (await desk.browser.post(path, first)).status == 303
    assert (await desk.browser.post(path, first)).status == 403
    with pytest.raises(Refusal) as refused:
        await operations.proposals.approve(proposal_id, desk.operator_id)
    assert refused.value.cause is Cause.SELF_APPROVAL
    assert await state(provider, proposal_id) is ProposalState.OPEN


async def test_no_approval_at_all_carries_out_what_nobody_took_on(provider: Provider):
    """The guard of the last statement holds even if every check before it were gone."""
    desk = await Desk.join(provider, Role.SUPPORT)
    proposal_id = await draft(provider)
    operations, now = provider.services.operations, provider.clock.now()
    with pytest.raises(Refusal) as refused:
        await operations.proposals.approve(proposal_id, desk.operator_id)
    assert refused.value.cause is Cause.PROPOSAL_CLOSED
    decision = storage.Decision(proposal_id, desk.operator_id, b"facts", now, now)
    assert not await storage.approve(provider.parts.database, decision)


async def test_of_two_who_would_be_the_first_one_is_and_the_other_looks_again(provider: Provider):
    desks = await TwoDesks.at(provider)
    proposal_id = await draft(provider)
    path = f"/operator/proposals/{proposal_id}/approve"
    one, other = [await approval(desk, proposal_id) for desk in (desks.one, desks.other)]
    answers = await asyncio.gather(
        desks.one.browser.post(path, one), desks.other.browser.post(path, other)
    )
    assert min(answer.status for answer in answers) == 303
    assert max(answer.status for answer in answers) >= 400
    assert await state(provider, proposal_id) is ProposalState.OPEN, "both thought to be the first"
    proposal = await provider.services.operations.proposals.find(proposal_id)
    second = desks.other if proposal.proposed_by == desks.one.operator_id else desks.one
    assert (await approve(second, proposal_id)).status == 303
    assert await state(provider, proposal_id) is ProposalState.APPROVED


async def test_a_first_approval_ends_with_its_operator(provider: Provider):
    desks = await TwoDesks.at(provider)
    proposal_id = await draft(provider)
    await approve(desks.one, proposal_id)
    assert await provider.services.operations.operators.disable(desks.one.operator_id)
    assert await state(provider, proposal_id) is ProposalState.DECLINED


async def test_one_operator_alone_declines_a_draft(provider: Provider):
    desks = await TwoDesks.at(provider)
    declined = await draft(provider)
    path = f"/operator/proposals/{declined}"
    page = await desks.one.browser.get(path)
    assert (await desks.one.send(page, f"{path}/decline")).status == 303
    assert await state(provider, declined) is ProposalState.DECLINED


async def test_time_ends_a_draft(tmp_path: Path):
    async with running(tmp_path) as own:
        desks, forgotten = await TwoDesks.at(own), await draft(own)
        own.clock.advance(OPEN_SECONDS)
        with pytest.raises(Refusal) as refused:
            await own.services.operations.proposals.take_on(forgotten, desks.one.operator_id)
        assert refused.value.cause is Cause.PROPOSAL_CLOSED


async def test_somebody_without_the_role_takes_nothing_on(provider: Provider):
    auditor = await Desk.join(provider, Role.AUDITOR)
    with pytest.raises(Refusal) as refused:
        await provider.services.operations.proposals.take_on(
            await draft(provider), auditor.operator_id
        )
    assert refused.value.cause is Cause.ROLE_MISSING


async def test_a_suspension_drafted_in_a_case_needs_two_as_well(provider: Provider):
    desks = await TwoDesks.at(provider)
    holder = await Holder.signed_in(provider, "elder")
    platform = await Platform.register(provider)
    network_id = (await platform.id_token(holder.browser, "elder"))["sub"]
    case_id = await desks.open_case(network_id)
    proposals = provider.services.operations.proposals
    words = Wording(authority="A court", reason="An order.")
    suspending = await proposals.propose(None, case_id, Proposed.SUSPEND, words)
    with pytest.raises(Refusal):
        await proposals.propose(None, case_id, Proposed.SUSPEND, words)
    await approve(desks.one, suspending)
    assert (await provider.services.operations.cases.find(case_id)).state == "active"
    await approve(desks.other, suspending)
    assert (await provider.services.operations.cases.find(case_id)).state == "suspended"
    lifting = await proposals.propose(None, case_id, Proposed.LIFT, Wording(reason="Over."))
    await approve(desks.other, lifting)
    await approve(desks.one, lifting)
    assert (await provider.services.operations.cases.find(case_id)).state == "active"


async def test_what_an_operator_proposed_is_taken_on_by_nobody(provider: Provider):
    desks = await TwoDesks.at(provider)
    proposal_id = await ask_to_open(desks.one, await someone(provider))
    with pytest.raises(Refusal) as refused:
        await provider.services.operations.proposals.take_on(proposal_id, desks.other.operator_id)
    assert refused.value.cause is Cause.PROPOSAL_CLOSED
