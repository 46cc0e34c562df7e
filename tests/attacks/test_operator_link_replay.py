"""A one-time link makes one passkey, for its operator, in its time, and leaks nowhere."""

import asyncio
from pathlib import Path

import pytest

from idp.domain.operator import LINK_SECONDS, Role
from idp.services.operators import JOINING_SECONDS
from tests.support.authenticator import SoftAuthenticator, encode
from tests.support.browser_like import Answer, Browser
from tests.support.operators import Desk, session_cookies
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump


def newcomer(provider: Provider) -> Desk:
    return Desk(provider, provider.browser(), SoftAuthenticator(), b"", "")


def refused(answer: Answer) -> bool:
    """Whether the page says that the link is not valid, and asks for another."""
    return answer.status == 400 and 'data-testid="link-refused"' in answer.text


async def invited(provider: Provider, name: str) -> str:
    operators = provider.services.operations.operators
    return (await operators.add(name, frozenset({Role.SUPPORT}))).link


async def test_a_link_works_once(provider: Provider):
    link = await invited(provider, "Works Once")
    assert (await newcomer(provider).use_link(link)).status == 303
    again = await newcomer(provider).open_link(link)
    assert refused(again)


async def test_of_two_who_opened_a_link_one_becomes_the_operator(provider: Provider):
    link = await invited(provider, "Opened Twice")
    first, second = newcomer(provider), newcomer(provider)
    pages = [await first.open_link(link), await second.open_link(link)]
    answers = await asyncio.gather(first.make_passkey(pages[0]), second.make_passkey(pages[1]))
    assert sorted(answer.status for answer in answers) == [303, 400]
    signed_in = [session_cookies(desk.browser) != set() for desk in (first, second)]
    assert sorted(signed_in) == [False, True]


async def test_a_link_lives_a_day(tmp_path: Path):
    async with running(tmp_path) as own:
        early, late = await invited(own, "Early"), await invited(own, "Late")
        own.clock.advance(LINK_SECONDS - 1)
        assert (await newcomer(own).use_link(early)).status == 303
        own.clock.advance(1)
        assert refused(await newcomer(own).open_link(late))


async def test_a_new_link_ends_the_one_before(provider: Provider):
    old, new = await invited(provider, "Lost It"), await invited(provider, " lost  IT ")
    assert (await newcomer(provider).open_link(old)).status == 400
    assert (await newcomer(provider).use_link(new)).status == 303


async def test_a_new_passkey_replaces_the_lost_one_and_its_sessions(provider: Provider):
    lost = await Desk.join(provider, Role.AUDITOR)
    link = await invited(provider, lost.name)
    assert (await lost.browser.get("/operator")).status == 200  # until the link is used
    assert (await newcomer(provider).use_link(link)).status == 303
    assert (await lost.browser.get("/operator")).status == 303
    assert (await lost.sign_in()).status == 400


async def test_a_page_of_another_browser_makes_no_passkey(provider: Provider):
    """The address of the second page may stand in a log: it is of no use elsewhere."""
    link = await invited(provider, "Watched")
    owner, thief = newcomer(provider), provider.browser()
    page = await owner.open_link(link)
    await thief.get("/operator/join")  # a browser name of its own
    assert (await thief.get(page.url)).error_code() == "operator_link_invalid"
    assert (await owner.make_passkey(page)).status == 303


async def test_a_page_left_open_expires(tmp_path: Path):
    async with running(tmp_path) as own:
        desk = newcomer(own)
        page = await desk.open_link(await invited(own, "Slow"))
        own.clock.advance(JOINING_SECONDS + 1)
        assert (await desk.make_passkey(page)).status == 400


@pytest.mark.parametrize("link", ["", "x", "A" * 43, "A" * 2000, "é", "a/../b", "#"])
async def test_a_made_up_link_opens_nothing(provider: Provider, visitor: Browser, link: str):
    before = dump(provider)
    page = await visitor.get("/operator/join")
    answer = await visitor.post("/operator/join", page.form("/operator/join") | {"link": link})
    assert refused(answer)
    assert dump(provider) == before


async def test_a_pasted_link_may_be_whole(provider: Provider):
    link = await invited(provider, "Pasted")
    whole = f"{provider.issuer}/operator/join#{link}"
    assert (await newcomer(provider).open_link(whole)).status == 200


async def test_the_secret_is_in_no_address_and_not_in_the_database(provider: Provider):
    link = await invited(provider, "Secret")
    desk = newcomer(provider)
    page = await desk.open_link(link)
    assert link not in page.url
    assert link not in repr(dump(provider))
    assert link not in page.text


async def test_one_credential_is_never_two_operators(provider: Provider):
    first = await Desk.join(provider, Role.SUPPORT)
    known = first.authenticator.passkeys[0].credential_id
    second = newcomer(provider)
    page = await second.open_link(await invited(provider, "Second Row"))
    shut_out = {one["id"] for one in page.passkey_options()["excludeCredentials"]}
    assert encode(known) in shut_out  # an honest device refuses by itself
    answer = await second.make_passkey(
        page, attested_id=known, members={"id": encode(known), "rawId": encode(known)}
    )
    assert answer.status == 400
    assert session_cookies(second.browser) == set()


async def test_a_device_that_is_one_operator_refuses_to_be_another(provider: Provider):
    first = await Desk.join(provider, Role.SUPPORT)
    same_device = newcomer(provider)
    same_device.authenticator = first.authenticator
    page = await same_device.open_link(await invited(provider, "Same Device"))
    with pytest.raises(ValueError, match="InvalidStateError"):
        await same_device.make_passkey(page)


async def test_an_answer_to_another_links_page_is_refused(provider: Provider):
    desk, other = newcomer(provider), newcomer(provider)
    other.browser = desk.browser
    mine = await desk.open_link(await invited(provider, "Mine"))
    yours = await other.open_link(await invited(provider, "Yours"))
    form = mine.form("/operator/join/passkey") | {
        "challenge": yours.form("/operator/join/passkey")["challenge"],
        "credential": desk.authenticator.create(yours.passkey_options(), provider.issuer),
    }
    answer = await desk.browser.post("/operator/join/passkey", form)
    assert answer.status == 400
    assert session_cookies(desk.browser) == set()
