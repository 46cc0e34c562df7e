"""A suspended person learns why; the platform learns no more than from any other no (P6)."""

from pathlib import Path

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import STATE, Platform
from tests.support.provider import Provider, running
from tests.support.races import at_once
from tests.support.shared_provider import dump


async def walk(platform: Platform, browser: Browser, persona: str, **changes: str) -> Answer:
    page = await platform.ask(browser, **changes)
    return await platform.choose_persona(browser, page, persona)


ENTRIES: list[dict[str, str]] = [
    {},
    {"prompt": "login"},
    {"prompt": "consent"},
    {"prompt": "select_account"},
    {"prompt": "login consent select_account"},
    {"max_age": "0"},
    {"scope": "openid age"},
    {"claims": '{"id_token":{"age_over_18":{"essential":true}}}'},
]


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
async def test_every_way_in_ends_on_the_page_that_says_why(
    platform: Platform, visitor: Browser, entry: dict[str, str]
):
    before = dump(platform.provider)
    page = await walk(platform, visitor, "suspended", **entry)
    assert (page.status, page.url.split("?")[0]) == (200, "/suspended")
    assert 'data-testid="suspension-reason"' in page.text
    assert 'data-testid="suspension-authority"' in page.text
    after = dump(platform.provider)
    for table in ("provider.grants", "provider.consents", "provider.pseudonyms"):
        assert after[table] == before[table]


async def test_the_platform_cannot_tell_a_suspension_from_a_no(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await walk(platform, visitor, "suspended")
    suspended = await visitor.get(link(page, "suspended-continue"))
    other = provider.browser()
    page = await walk(platform, other, "adult")
    by_no = await platform.decide(other, page, "deny")
    assert suspended.location == by_no.location
    assert suspended.location_query == {
        "error": "access_denied",
        "error_description": "The request was denied.",
        "error_uri": f"{provider.issuer}/errors/person_said_no",  # the code of a no, for both
        "state": STATE,
        "iss": provider.issuer,
    }
    assert headers(suspended) == headers(by_no)
    assert suspended.body == by_no.body


async def test_going_away_from_the_sign_in_page_is_the_same_no(
    platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    interaction = page.form("/signin/persona")["interaction"]
    answer = await visitor.get(f"/decline?interaction={interaction}")
    assert answer.location_query["error"] == "access_denied"


@pytest.mark.parametrize("path", ["/signin", "/continue", "/consent", "/select-account"])
async def test_no_other_page_of_the_sign_in_lets_a_suspended_person_pass(
    platform: Platform, visitor: Browser, path: str
):
    page = await walk(platform, visitor, "suspended")
    interaction = page.url.partition("interaction=")[2]
    answer = await visitor.follow(await visitor.get(f"{path}?interaction={interaction}"))
    assert answer.url.startswith("/suspended?")


async def test_a_person_who_is_not_suspended_does_not_see_the_page(
    platform: Platform, visitor: Browser
):
    page = await walk(platform, visitor, "adult")
    interaction = page.url.partition("interaction=")[2]
    answer = await visitor.follow(await visitor.get(f"/suspended?interaction={interaction}"))
    assert answer.url.startswith("/consent?")


SUSPENDED = "UPDATE people SET status = 'suspended'"


async def test_a_suspension_that_lands_just_before_the_code_wins(tmp_path: Path):
    """The person was active when the request was looked at, and is not when it is stored."""
    async with running(tmp_path) as own:
        platform, browser = await Platform.register(own), own.browser()
        page = await walk(platform, browser, "adult")
        before = dump(own)["provider.grants"]
        allowing = platform.decide(browser, page, "allow", remember=True)
        (answer,) = await at_once(own, [allowing], SUSPENDED)
        assert answer.location_query["error"] == "access_denied"
        assert dump(own)["provider.grants"] == before
        assert dump(own)["provider.consents"] == []


async def test_a_suspension_that_lands_just_before_a_silent_code_wins(tmp_path: Path):
    async with running(tmp_path) as own:
        platform, browser = await Platform.register(own), own.browser()
        await platform.log_in(browser, remember=True)
        before = dump(own)["provider.grants"]
        (answer,) = await at_once(own, [platform.ask(browser)], SUSPENDED)
        assert answer.url.startswith("/suspended?")
        assert dump(own)["provider.grants"] == before


def link(page: Answer, test_id: str) -> str:
    before = page.text.partition(f'data-testid="{test_id}"')[0]
    return before.rpartition('href="')[2].partition('"')[0]


def headers(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


async def test_a_silent_request_cannot_tell_a_suspended_person_from_a_stranger(
    platform: Platform, visitor: Browser
):
    await platform.provider.sign_in(visitor, "suspended")
    suspended = await visitor.get(platform.address(prompt="none"))
    stranger = await platform.provider.browser().get(platform.address(prompt="none"))
    assert suspended.location_query["error"] == "login_required"
    assert suspended.location == stranger.location
