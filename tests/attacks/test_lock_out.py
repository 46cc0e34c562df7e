"""Lock-out: wrong tries slow the one who makes them and keep nobody from their own account."""

import pytest

from idp.domain.throttle import LIMITS, Act, Subject
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.passkeys import enrol, sign_in
from tests.support.provider import Provider

TRIES = LIMITS[Act.PASSKEY][Subject.DEVICE].tries


async def wrong_try(browser: Browser, **headers: str) -> Answer:
    page = await browser.get("/signin?again=1")
    form = page.form("/signin/passkey") | {"credential": "{}"}
    return await browser.post("/signin/passkey", form, headers=headers)


async def test_too_many_wrong_passkeys_are_told_when_to_come_back(
    provider: Provider, visitor: Browser
):
    for _ in range(TRIES):
        assert (await wrong_try(visitor)).status == 400
    answer = await wrong_try(visitor)
    assert answer.status == 429
    assert answer.error_code() == "too_many_tries"
    assert 0 < int(answer.headers["retry-after"]) <= 600
    assert 'data-testid="retry-minutes"' in answer.text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_the_page_says_it_in_both_languages(
    provider: Provider, visitor: Browser, language: str
):
    headers = {"accept-language": language}
    for _ in range(TRIES + 1):
        answer = await wrong_try(visitor, **headers)
    assert answer.headers["content-language"] == language
    assert ("You can try again in" in answer.text) == (language == "en")
    assert ("分钟" in answer.text) == (language == "zh-Hans")


async def test_the_right_passkey_works_however_many_wrong_ones_came_before(
    provider: Provider, visitor: Browser
):
    authenticator = await enrol(provider, visitor, SoftAuthenticator())
    for _ in range(TRIES + 5):  # from the person's own browser, even
        await wrong_try(visitor)
    answer = await sign_in(provider, visitor, await visitor.get("/signin?again=1"), authenticator)
    assert answer.status == 303


async def test_a_header_does_not_change_whose_try_it_is(provider: Provider, visitor: Browser):
    """A try that claims to come from elsewhere still uses up what is its own."""
    for number in range(TRIES):
        await wrong_try(visitor, **{"x-forwarded-for": f"198.51.100.{number}"})
    assert (await wrong_try(visitor, **{"x-forwarded-for": "203.0.113.1"})).status == 429
