"""The page of a person's own history."""

import re

from idp.domain.activity import Happened
from idp.web.account.activity import PAGE_SIZE, page_number
from idp.web.words_account import HAPPENED
from tests.support.accounts import somebody
from tests.support.logins import Platform
from tests.support.provider import Provider

EVENT = re.compile(r'data-testid="event-([a-z_]+)"')
PATH = "/account/activity"


def test_there_are_words_for_everything_that_can_happen():
    assert HAPPENED.keys() == {happened.value for happened in Happened}


async def test_what_happened_is_told_newest_first_with_the_platforms_name(provider: Provider):
    platform = await Platform.register(provider, client_name="Corner <Shop>")
    owner = await somebody(provider)
    provider.clock.advance(1)
    page = await platform.ask(owner.browser)
    await platform.decide(owner.browser, page, "allow")
    shown = await owner.browser.get(PATH)
    assert EVENT.findall(shown.text)[:2] == ["platform_allowed", "signed_in"]
    assert "Corner &lt;Shop&gt;" in shown.text
    assert "Firefox on Windows" in shown.text
    assert "Coordinated Universal Time" in shown.text


async def test_a_platform_that_has_left_is_told_by_the_name_it_had(provider: Provider):
    platform = await Platform.register(provider, client_name="Gone for Good")
    owner = await somebody(provider)
    await platform.decide(owner.browser, await platform.ask(owner.browser), "allow")
    await provider.services.clients.remove(platform.client_id)
    assert "Gone for Good" in (await owner.browser.get(PATH)).text


async def test_a_long_history_is_turned_page_by_page(provider: Provider):
    owner = await somebody(provider)
    visitor = owner.browser
    for _ in range(PAGE_SIZE):
        await owner.sign_in(visitor)
    first = await visitor.get(PATH)
    assert len(EVENT.findall(first.text)) == PAGE_SIZE
    assert 'data-testid="newer"' not in first.text
    second = await visitor.get(f"{PATH}?page=2")
    assert EVENT.findall(second.text)[-1:] == ["enrolled"]
    assert 'data-testid="older"' not in second.text
    assert (await visitor.get(f"{PATH}?page=99")).text.count("event-") == second.text.count(
        "event-"
    )


def test_a_page_that_is_not_there_is_the_nearest_that_is():
    told = [page_number(text, 3) for text in ("2", "0", "99", "", "-1", "x", "²", "9" * 5000)]
    assert told == [2, 1, 3, 1, 1, 1, 1, 1]


async def test_the_history_is_cleared_and_that_alone_is_noted(provider: Provider):
    owner = await somebody(provider)
    done = await owner.press(await owner.browser.get(f"{PATH}/clear"), f"{PATH}/clear")
    assert done.status == 303
    assert EVENT.findall((await owner.browser.follow(done)).text) == ["activity_cleared"]


async def test_nobody_elses_history_is_shown_or_cleared(provider: Provider):
    owner, other = await somebody(provider), await somebody(provider)
    before = EVENT.findall((await owner.browser.get(PATH)).text)
    await other.press(await other.browser.get(f"{PATH}/clear"), f"{PATH}/clear")
    assert EVENT.findall((await owner.browser.get(PATH)).text) == before != []


async def test_a_found_browser_clears_nothing(provider: Provider):
    owner = await somebody(provider)
    page = await owner.browser.get(f"{PATH}/clear")
    provider.clock.advance(121)
    answer = await owner.press(page, f"{PATH}/clear")
    assert answer.location.startswith("/signin?")
    assert "activity_cleared" not in EVENT.findall((await owner.browser.get(PATH)).text)
