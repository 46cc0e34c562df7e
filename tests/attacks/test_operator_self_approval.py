"""Two operators means two: one cannot propose and approve, nor approve with the other's passkey."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain import base64url
from idp.domain.operator import Role
from idp.domain.proposal import OPEN_SECONDS
from tests.support.logins import Platform
from tests.support.operators import Desk, TwoDesks, approval, approve, ask_in, ask_to_open
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump


@pytest_asyncio.fixture(loop_scope="session")
async def desks(provider: Provider) -> TwoDesks:
    return await TwoDesks.at(provider)


@pytest_asyncio.fixture(loop_scope="session")
async def network_id(provider: Provider, platform: Platform) -> str:
    """The network ID of a persona nobody else suspends, at a platform of its own."""
    return str((await platform.id_token(provider.browser(), "elder"))["sub"])


def proposals(provider: Provider) -> list[object]:
    return list(dump(provider)["provider.proposals"])


async def test_whoever_proposes_cannot_approve(desks: TwoDesks, network_id: str):
    proposal_id = await ask_to_open(desks.one, network_id)
    path = f"/operator/proposals/{proposal_id}"
    page = await desks.one.browser.get(path)
    assert "needs-another" in page.text
    assert 'data-testid="approve"' not in page.text
    assert (await desks.one.browser.get(f"/operator/cases/{proposal_id}")).status == 404


async def test_a_form_of_ones_own_making_does_not_approve_it_either(
    provider: Provider, desks: TwoDesks, network_id: str
):
    """The page shows no form; the attacker copies one from a proposal of a colleague's."""
    theirs, mine = (
        await ask_to_open(desks.other, network_id),
        await ask_to_open(desks.one, network_id),
    )
    form = await approval(desks.one, theirs)
    before = proposals(provider)
    answer = await desks.one.browser.post(f"/operator/proposals/{mine}/approve", form)
    assert answer.status == 403
    assert proposals(provider) == before


async def test_the_service_refuses_it_whoever_asks(
    provider: Provider, desks: TwoDesks, network_id: str
):
    proposal_id = await ask_to_open(desks.one, network_id)
    with pytest.raises(Exception, match="self_approval"):
        await provider.services.operations.proposals.approve(proposal_id, desks.one.operator_id)


async def test_a_colleagues_passkey_at_ones_own_desk_does_not_approve(
    desks: TwoDesks, network_id: str
):
    """Signed in as a third operator, with the key of the second: nobody is who approves."""
    third = await Desk.join(desks.one.provider, Role.SUPPORT)
    proposal_id = await ask_to_open(desks.one, network_id)
    third.authenticator = desks.other.authenticator
    answer = await approve(third, proposal_id)
    assert (answer.status, "passkey was not accepted" in answer.text) == (400, True)


async def test_a_challenge_made_for_one_proposal_approves_no_other(
    desks: TwoDesks, network_id: str
):
    """The operator is shown one case and signs; the signature is sent to another."""
    shown, wanted = [await ask_to_open(desks.one, network_id) for _ in range(2)]
    signed = await approval(desks.other, shown)
    own = await approval(desks.other, wanted)
    form = own | {name: signed[name] for name in ("challenge", "credential")}
    answer = await desks.other.browser.post(f"/operator/proposals/{wanted}/approve", form)
    assert answer.status == 400
    form = signed | {"csrf": own["csrf"]}
    answer = await desks.other.browser.post(f"/operator/proposals/{wanted}/approve", form)
    assert answer.status == 400


async def test_a_sign_in_is_no_approval(desks: TwoDesks, network_id: str):
    proposal_id = await ask_to_open(desks.one, network_id)
    own = await approval(desks.other, proposal_id)
    stranger = desks.other.provider.browser()
    stranger.cookies = {k: v for k, v in desks.other.browser.cookies.items() if "browser" in k}
    page = await stranger.get("/operator/signin")
    credential = desks.other.authenticator.get(page.passkey_options(), desks.one.provider.issuer)
    form = own | {
        "challenge": page.form("/operator/signin")["challenge"],
        "credential": credential,
    }
    answer = await desks.other.browser.post(f"/operator/proposals/{proposal_id}/approve", form)
    assert answer.status == 400


async def test_an_approval_is_used_once(desks: TwoDesks, network_id: str):
    proposal_id = await ask_to_open(desks.one, network_id)
    form = await approval(desks.other, proposal_id)
    path = f"/operator/proposals/{proposal_id}/approve"
    assert (await desks.other.browser.post(path, form)).status == 303
    assert (await desks.other.browser.post(path, form)).status == 400  # the challenge is spent
    assert (await approve_again(desks.other, proposal_id)) == 200


async def approve_again(desk: Desk, proposal_id: str) -> int:
    page = await desk.browser.get(f"/operator/proposals/{proposal_id}")
    assert "approved, and done" in page.text
    assert 'data-testid="approve"' not in page.text
    return page.status


async def test_of_two_tabs_that_approve_one_wins(
    provider: Provider, desks: TwoDesks, network_id: str
):
    proposal_id = await ask_to_open(desks.one, network_id)
    forms = [await approval(desks.other, proposal_id) for _ in range(2)]
    path = f"/operator/proposals/{proposal_id}/approve"
    answers = await asyncio.gather(*(desks.other.browser.post(path, form) for form in forms))
    assert sorted(answer.status for answer in answers) == [303, 409]
    acts = [row[2] for row in dump(provider)["provider.audit"] if row[4] == proposal_id]
    assert sorted(acts) == ["unmask_proposed", "unmasked"]


async def test_a_declined_proposal_is_approved_no_more(desks: TwoDesks, network_id: str):
    proposal_id = await ask_to_open(desks.one, network_id)
    form = await approval(desks.other, proposal_id)
    path = f"/operator/proposals/{proposal_id}"
    page = await desks.one.browser.get(path)
    assert (await desks.one.send(page, f"{path}/decline")).status == 303
    answer = await desks.other.browser.post(f"{path}/approve", form)
    assert (answer.status, answer.error_code()) == (409, "proposal_closed")
    answer = await desks.one.send(page, f"{path}/decline")
    assert (answer.status, answer.error_code()) == (409, "proposal_closed")


async def test_an_expired_proposal_is_approved_no_more(tmp_path: Path):
    async with running(tmp_path) as own:
        desks = await TwoDesks.at(own)
        proposal_id = await ask_to_open(desks.one, "BY7Q2YWSGQNFEDCVVCMN1XMFN")
        own.clock.advance(OPEN_SECONDS)
        for desk in (desks.one, desks.other):
            assert (await desk.sign_in()).status == 303
        page = await desks.other.browser.get(f"/operator/proposals/{proposal_id}")
        assert "expired" in page.text
        with pytest.raises(Exception, match="proposal_closed"):
            await own.services.operations.proposals.approve(proposal_id, desks.other.operator_id)


@pytest.mark.parametrize("roles", [None, {Role.AUDITOR}])
async def test_what_somebody_proposed_who_is_no_support_any_more_is_not_approved(
    provider: Provider, network_id: str, roles: set[Role] | None
):
    desks = await TwoDesks.at(provider)
    proposal_id = await ask_to_open(desks.one, network_id)
    form = await approval(desks.other, proposal_id)
    operators = provider.services.operations.operators
    if roles is None:
        await operators.remove(desks.one.operator_id)
    else:
        await operators.add(desks.one.name, frozenset(roles))
    path = f"/operator/proposals/{proposal_id}/approve"
    answer = await desks.other.browser.post(path, form)
    assert (answer.status, answer.error_code()) == (409, "proposal_closed")


async def test_a_suspension_that_does_not_happen_leaves_nothing(tmp_path: Path):
    """Approved after the person left: no entry says that somebody was suspended."""
    async with running(tmp_path) as own:
        desks, platform = await TwoDesks.at(own), await Platform.register(own)
        network_id = str((await platform.id_token(own.browser()))["sub"])
        case_id = await desks.open_case(network_id)
        words = {"reason": "An order.", "authority": "A court"}
        proposal_id = await ask_in(desks.one, case_id, "suspend", **words)
        form = await approval(desks.other, proposal_id)
        file = own.parts.settings.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("DELETE FROM people")
        connection.close()
        before = dump(own)
        path = f"/operator/proposals/{proposal_id}/approve"
        assert (await desks.other.browser.post(path, form)).status == 409
        after = dump(own)
        assert after["provider.audit"] == before["provider.audit"]
        assert after["provider.proposals"] == before["provider.proposals"]
        page = await desks.one.browser.get(f"/operator/cases/{case_id}")
        assert "no account" in page.text


@pytest.mark.spec("WebAuthn L3 §5.5")
async def test_an_approval_asks_for_the_operators_own_passkey_and_no_other(
    desks: TwoDesks, network_id: str
):
    """Their device may hold one of theirs as a person too, and would offer both."""
    proposal_id = await ask_to_open(desks.one, network_id)
    page = await desks.other.browser.get(f"/operator/proposals/{proposal_id}")
    allowed = page.passkey_options()["allowCredentials"]
    [own] = desks.other.authenticator.passkeys
    assert allowed == [{"type": "public-key", "id": base64url.encode(own.credential_id)}]
