"""The time of a sign-in is released only when it was asked for, shown and allowed (P2, P5)."""

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import Platform

SHOWN = 'data-testid="value-auth_time"'
TIMELY = {"max_age": "100000"}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize(
    "wish", [TIMELY, {"claims": '{"id_token":{"auth_time":{"essential":true}}}'}], ids=str
)
async def test_the_consent_page_shows_the_time_that_will_be_told(
    platform: Platform, visitor: Browser, wish: dict[str, str]
):
    page = await platform.choose_persona(visitor, await platform.ask(visitor, **wish), "adult")
    assert SHOWN in page.text


async def test_without_the_wish_it_is_neither_shown_nor_told(platform: Platform, visitor: Browser):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    assert SHOWN not in page.text
    assert "auth_time" not in await platform.id_token(visitor)


async def test_a_consent_without_the_time_does_not_cover_it(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    assert (await visitor.get(platform.address())).location_query["code"]
    page = await platform.ask(visitor, **TIMELY)
    assert page.url.startswith("/consent?")
    assert SHOWN in page.text
    await platform.decide(visitor, page, "allow", remember=True)
    assert (await visitor.get(platform.address(**TIMELY))).location_query["code"]


async def test_the_consent_page_says_how_the_person_signed_in(platform: Platform, visitor: Browser):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    assert "as a practice person" in page.text.partition('data-testid="value-acr"')[2][:100]
