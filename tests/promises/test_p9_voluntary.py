"""P9: voluntary means voluntary: no is one click, as visible as yes, and stores nothing at all."""

import re
from pathlib import Path

import pytest

from idp.protocol.client_metadata import MetadataRefused
from tests.support.logins import Platform
from tests.support.provider import running
from tests.support.shared_provider import dump


async def test_p9_no_is_one_click_on_the_consent_page_and_stores_nothing(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        page = await platform.choose_persona(browser, await platform.ask(browser), "adult")
        before = dump(provider)
        answer = await platform.decide(browser, page, "deny", remember=True)
        assert answer.location_query["error"] == "access_denied"
        assert dump(provider) == before


async def test_p9_no_is_one_click_before_signing_in_and_stores_nothing(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        before = dump(provider)
        page = await platform.ask(browser)
        decline = re.search(r'href="(/decline\?[^"]+)"', page.text)
        assert decline
        answer = await browser.get(decline[1])
        assert answer.location_query["error"] == "access_denied"
        assert dump(provider) == before


async def test_p9_no_is_heard_from_a_page_that_waited_too_long(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        page = await platform.choose_persona(browser, await platform.ask(browser), "adult")
        provider.clock.advance(45 * 60)
        answer = await platform.decide(browser, page, "deny")
        assert answer.location_query["error"] == "access_denied"


async def test_p9_yes_and_no_are_the_same_kind_of_button(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        page = await platform.choose_persona(browser, await platform.ask(browser), "adult")
        buttons = re.findall(r'<button class="([^"]*)" type="submit" name="decision"', page.text)
        assert len(buttons) == 2
        assert buttons[0] == buttons[1]
        assert " checked" not in page.text.partition('data-testid="remember"')[0][-200:]


async def test_p9_an_own_service_of_the_platform_is_refused_alike_and_stores_nothing(
    tmp_path: Path,
):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider, first_party=True)
        browser = provider.browser()
        page = await platform.choose_persona(browser, await platform.ask(browser), "adult")
        buttons = re.findall(r'<button class="([^"]*)" type="submit" name="decision"', page.text)
        assert len(set(buttons)) == 1 < len(buttons)
        before = dump(provider)
        answer = await platform.decide(browser, page, "deny", remember=True)
        assert answer.location_query["error"] == "access_denied"
        assert dump(provider) == before


async def test_p9_a_no_after_a_yes_leaves_the_yes_as_it_was(tmp_path: Path):
    """Somebody who says no to more keeps what they had allowed; and no row tells of the no."""
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        await platform.tokens(browser, remember=True)
        page = await platform.ask(browser, scope="openid age")
        before = dump(provider)
        assert {"provider.activity", "provider.consents", "provider.pseudonyms"} <= set(before)
        answer = await platform.decide(browser, page, "deny", remember=True)
        assert answer.location_query["error"] == "access_denied"
        assert dump(provider) == before
        assert (await platform.log_in(browser, prompt="none")).location_query["code"]


@pytest.mark.parametrize("member", ["alternative", "purpose", "platform"])
async def test_p9_a_platform_without_an_alternative_is_not_registered(tmp_path: Path, member: str):
    async with running(tmp_path, sandbox=False) as provider:
        with pytest.raises(MetadataRefused, match=member):
            await provider.add_client(**{member: None})


async def test_p9_the_person_sees_the_alternative(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        page = await platform.choose_persona(browser, await platform.ask(browser), "adult")
        assert "Order as a guest." in page.text
