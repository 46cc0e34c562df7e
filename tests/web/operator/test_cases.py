"""Cases and proposals as support works with them."""

from pathlib import Path

import pytest

from idp.domain.operator import Role
from idp.domain.proposal import OPEN_SECONDS
from tests.support.authenticator import SoftAuthenticator
from tests.support.logins import Platform
from tests.support.operators import Desk, TwoDesks, approve, ask_in, ask_to_open
from tests.support.provider import Provider, running

NEW = "/operator/cases/new"
UNKNOWN = "BY7Q2YWSGQNFEDCVVCMN1XMFN"


@pytest.mark.parametrize("typed", ["by7q2-ywsgq-nfedc-vvcmn-1xmfn", " BY7Q2YWSGQNFEDCVVCMN1XMFN "])
async def test_a_network_id_is_read_as_people_write_it(provider: Provider, typed: str):
    desk = await Desk.join(provider, Role.SUPPORT)
    proposal_id = await ask_to_open(desk, typed)
    page = await desk.browser.get(f"/operator/proposals/{proposal_id}")
    assert "BY7Q2-<wbr>YWSGQ" in page.text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"network_id": "BY7Q2YWSGQNFEDCVVCMN1XMFX", "reference": "AZ 1"}, "wrong-id"),
        ({"network_id": "", "reference": "AZ 1"}, "wrong-id"),
        ({"network_id": UNKNOWN, "reference": ""}, "wrong-reference"),
        ({"network_id": UNKNOWN, "reference": "x" * 61}, "wrong-reference"),
    ],
)
async def test_what_is_mistyped_is_shown_again(
    provider: Provider, fields: dict[str, str], wrong: str
):
    desk = await Desk.join(provider, Role.SUPPORT)
    answer = await desk.send(await desk.browser.get(NEW), NEW, **fields)
    assert (answer.status, f'id="{wrong}"' in answer.text) == (400, True)
    assert UNKNOWN not in answer.url


async def test_a_network_id_stands_in_no_address(provider: Provider):
    desk = await Desk.join(provider, Role.SUPPORT)
    answer = await desk.send(await desk.browser.get(NEW), NEW, network_id=UNKNOWN, reference="AZ 1")
    assert UNKNOWN not in answer.location


async def test_what_waits_is_listed_and_a_case_is_found_by_its_number(
    provider: Provider, platform: Platform
):
    desks = await TwoDesks.at(provider)
    network_id = str((await platform.id_token(provider.browser(), "newcomer"))["sub"])
    case_id = await desks.open_case(network_id, "AZ 99")
    proposal_id = await ask_in(
        desks.one, case_id, "suspend", reason="An order.", authority="A court"
    )
    listed = (await desks.other.browser.get("/operator/cases")).text
    assert proposal_id in listed
    assert "AZ 99" in listed
    found = await desks.one.browser.get(f"/operator/cases?case={case_id.lower()}")
    assert found.location == f"/operator/cases/{case_id}"
    assert (await desks.one.browser.get("/operator/cases?case=nothing")).status == 404


@pytest.mark.parametrize(
    "words", [{"reason": ""}, {"authority": ""}, {"reason": "x" * 501}, {"authority": "x" * 121}]
)
async def test_reason_and_authority_are_both_needed(
    provider: Provider, platform: Platform, words: dict[str, str]
):
    desks = await TwoDesks.at(provider)
    network_id = str((await platform.id_token(provider.browser(), "newcomer"))["sub"])
    path = f"/operator/cases/{await desks.open_case(network_id)}"
    given = {"reason": "An order.", "authority": "A court"} | words
    answer = await desks.one.send(await desks.one.browser.get(path), f"{path}/suspend", **given)
    assert (answer.status, 'role="alert"' in answer.text) == (400, True)


async def test_one_thing_is_open_in_a_case_at_a_time(provider: Provider, platform: Platform):
    desks = await TwoDesks.at(provider)
    network_id = str((await platform.id_token(provider.browser(), "newcomer"))["sub"])
    case_id = await desks.open_case(network_id)
    path = f"/operator/cases/{case_id}"
    page = await desks.one.browser.get(path)
    words = {"reason": "An order.", "authority": "A court"}
    assert (await desks.one.send(page, f"{path}/suspend", **words)).status == 303
    second = await desks.one.send(page, f"{path}/suspend", **words)
    assert (second.status, second.error_code()) == (409, "proposal_closed")
    assert f'action="{path}/suspend"' not in (await desks.one.browser.get(path)).text


async def test_lifting_takes_two_operators_as_well(provider: Provider, platform: Platform):
    desks = await TwoDesks.at(provider)
    network_id = str((await platform.id_token(provider.browser(), "newcomer"))["sub"])
    case_id = await desks.open_case(network_id)
    await desks.suspend(case_id)
    proposal_id = await ask_in(desks.one, case_id, "lift", reason="A mistake.")
    assert "suspended" in (await desks.one.browser.get(f"/operator/cases/{case_id}")).text
    page = await desks.one.browser.get(f"/operator/proposals/{proposal_id}")
    assert 'data-testid="approve"' not in page.text
    assert (await approve(desks.other, proposal_id)).status == 303
    page = await desks.one.browser.get(f"/operator/cases/{case_id}")
    assert "not suspended in this case" in page.text


@pytest.mark.spec("WebAuthn L3 §6.1.1")
async def test_a_counter_that_goes_back_signs_no_operator_in(provider: Provider):
    """A copy of a key, perhaps; a person is warned, an operator gets a new link."""
    operators = provider.services.operations.operators
    link = (await operators.add("Counting", frozenset({Role.SUPPORT}))).link
    desk = Desk(provider, provider.browser(), SoftAuthenticator(synced=False), b"", "Counting")
    assert (await desk.use_link(link)).status == 303
    passkey = desk.authenticator.passkeys[0]
    for uses, status in ((5, 303), (9, 303), (6, 400), (9, 400), (10, 303)):
        desk.browser, passkey.uses = provider.browser(), uses - 1
        assert (await desk.sign_in()).status == status


async def test_a_network_id_is_shown_only_while_its_proposal_is_open(tmp_path: Path):
    async with running(tmp_path) as own:
        one, other = [await Desk.join(own, Role.SUPPORT) for _ in range(2)]
        withdrawn, expired = await ask_to_open(one, UNKNOWN), await ask_to_open(other, UNKNOWN)
        assert "BY7Q2-<wbr>" in (await other.browser.get(f"/operator/proposals/{withdrawn}")).text
        await own.services.operations.operators.remove(one.operator_id)
        own.clock.advance(OPEN_SECONDS)
        await other.sign_in()
        for proposal_id in (withdrawn, expired):
            page = await other.browser.get(f"/operator/proposals/{proposal_id}")
            assert page.status == 200
            assert "BY7Q2-<wbr>" not in page.text
