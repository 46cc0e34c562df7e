"""The first page of an account."""

import pytest

from tests.support.accounts import somebody
from tests.support.browser_like import Browser
from tests.support.provider import Provider

SECTIONS = ["/account", "/account/activity", "/account/sessions"]


@pytest.mark.parametrize("path", SECTIONS)
async def test_a_stranger_signs_in_first_and_comes_back(
    provider: Provider, visitor: Browser, path: str
):
    page = await visitor.follow(await visitor.get(path))
    assert page.url.startswith("/signin?then=")
    form = page.form("/signin/persona") | {"persona": "adult"}
    shown = await visitor.follow(await visitor.post("/signin/persona", form))
    assert (shown.status, shown.url) == (200, path)


async def test_the_overview_says_how_and_when_one_enrolled_and_nothing_of_who_one_is(
    provider: Provider,
):
    owner = await somebody(provider)
    text = (await owner.browser.get("/account")).text
    assert 'data-testid="enrolled-day">1 January 2026<' in text
    assert "Invented, for practice" in text
    assert "1990" not in text
    assert owner.proof.number not in text


async def test_the_overview_tells_of_the_sign_in_before(provider: Provider):
    owner = await somebody(provider)
    assert "None on record" in (await owner.browser.get("/account")).text
    await owner.sign_in(owner.browser)
    assert "None on record" not in (await owner.browser.get("/account")).text


async def test_the_start_page_leads_whoever_is_signed_in_to_the_account(
    provider: Provider, visitor: Browser
):
    await provider.sign_in(visitor)
    assert (await visitor.get("/")).location == "/account"


async def test_a_suspended_person_sees_why_and_still_has_the_account(
    provider: Provider, visitor: Browser
):
    await provider.sign_in(visitor, "suspended")
    assert 'data-testid="suspension-reason"' in (await visitor.get("/")).text
    for path in SECTIONS:
        page = await visitor.get(path)
        assert page.status == 200
    assert 'data-testid="account-suspended"' in (await visitor.get("/account")).text
