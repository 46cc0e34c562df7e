"""An operator who is disabled: out at once, refused with the passkey, back when enabled."""

from idp.domain.operator import Role
from idp.domain.proposal import ProposalState
from tests.support.logins import Platform
from tests.support.operators import TwoDesks, ask_to_open
from tests.support.provider import Provider


async def someone(provider: Provider) -> str:
    platform = await Platform.register(provider)
    return str((await platform.id_token(provider.browser()))["sub"])


async def test_the_session_ends_at_once_and_the_passkey_is_refused_until_enabled(
    provider: Provider,
):
    desks = await TwoDesks.at(provider)
    operators = provider.services.operations.operators
    assert await operators.disable(desks.one.operator_id)
    page = await desks.one.browser.get("/operator/cases")
    assert page.location.startswith("/operator/signin")
    refused = await desks.one.sign_in()
    assert (refused.status, ">operator_disabled<" in refused.text) == (403, True)
    assert (await desks.other.browser.get("/operator/cases")).status == 200

    assert await operators.enable(desks.one.operator_id)
    page = await desks.one.browser.get("/operator/cases")
    assert page.location.startswith("/operator/signin"), "the session of before stays ended"
    assert (await desks.one.sign_in()).location == "/operator"


async def test_what_they_proposed_is_called_off_and_stays_so(provider: Provider):
    desks = await TwoDesks.at(provider)
    operations = provider.services.operations
    proposal_id = await ask_to_open(desks.one, await someone(provider))
    assert await operations.operators.disable(desks.one.operator_id)
    assert await operations.operators.enable(desks.one.operator_id)
    proposal = await operations.proposals.find(proposal_id)
    assert proposal.state is ProposalState.DECLINED
    page = await desks.other.browser.get(f"/operator/proposals/{proposal_id}")
    assert "/approve" not in page.text


async def test_who_was_disabled_while_the_page_was_open_approves_nothing(provider: Provider):
    desks = await TwoDesks.at(provider)
    operations = provider.services.operations
    proposal_id = await ask_to_open(desks.one, await someone(provider))
    page = await desks.other.browser.get(f"/operator/proposals/{proposal_id}")
    credential = desks.other.authenticator.get(page.passkey_options(), provider.issuer)
    assert await operations.operators.disable(desks.other.operator_id)
    answer = await desks.other.send(
        page, f"/operator/proposals/{proposal_id}/approve", credential=credential
    )
    assert answer.location.startswith("/operator/signin")
    assert (await operations.proposals.find(proposal_id)).is_open


async def test_a_link_that_was_made_before_makes_nobody_active(provider: Provider):
    operators = provider.services.operations.operators
    invitation = await operators.add("Newcomer to be disabled", frozenset({Role.SUPPORT}))
    assert await operators.disable(invitation.operator.operator_id)
    desks = await TwoDesks.at(provider)
    assert (await desks.one.open_link(invitation.link)).status == 400
    assert await operators.enable(invitation.operator.operator_id)
    assert (await desks.one.open_link(invitation.link)).status == 400
