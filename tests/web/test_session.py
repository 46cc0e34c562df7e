"""A sign-in that survives tabs, going back, reloading and time; and the session that it begins."""

import html
import re

import pytest

from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

HALF_AN_HOUR = 30 * 60
HOUR = 60 * 60


def way_on(page: Answer, test_id: str = "expired-continue") -> str:
    found = re.search(rf'href="([^"]+)" data-testid="{test_id}"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


async def test_a_sign_in_that_took_too_long_can_be_gone_on_with(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    provider.clock.advance(HALF_AN_HOUR + 1)
    expired = await visitor.get(page.url)
    assert expired.status == 400
    assert "Corner Shop" in expired.text
    page = await visitor.follow(await visitor.get(way_on(expired)))
    assert page.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, page, "adult")
    assert "code" in (await platform.decide(visitor, page, "allow")).location_query


async def test_up_to_half_an_hour_nothing_has_expired(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    provider.clock.advance(HALF_AN_HOUR)
    page = await platform.choose_persona(visitor, page, "adult")
    assert page.url.startswith("/consent?")


async def test_a_consent_page_that_waited_too_long_can_be_gone_on_with(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    provider.clock.advance(HALF_AN_HOUR + 1)
    expired = await platform.decide(visitor, page, "allow")
    assert expired.status == 400
    page = await visitor.follow(await visitor.get(way_on(expired)))
    assert page.url.startswith("/consent?")
    assert "code" in (await platform.decide(visitor, page, "allow")).location_query


async def test_a_sign_in_page_that_waited_too_long_signs_in_and_goes_on(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    provider.clock.advance(HALF_AN_HOUR + 1)
    expired = await platform.choose_persona(visitor, page, "adult")
    page = await visitor.follow(await visitor.get(way_on(expired)))
    assert page.url.startswith("/consent?")


async def test_leaving_works_however_long_it_took(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    provider.clock.advance(10 * HALF_AN_HOUR)
    interaction = page.form("/signin/persona")["interaction"]
    answer = await visitor.get(f"/decline?interaction={interaction}")
    assert answer.location_query["error"] == "access_denied"


async def test_an_expired_enrolment_goes_on_with_the_sign_in(
    provider: Provider, platform: Platform, visitor: Browser
):
    interaction = (await platform.ask(visitor)).form("/signin/persona")["interaction"]
    choosing = await visitor.get(f"/create?interaction={interaction}")
    form = choosing.form("/create") | {"citizen": "citizen-12"}
    page = await visitor.follow(await visitor.post("/create", form))
    provider.clock.advance(HALF_AN_HOUR + 1)
    expired = await visitor.get(page.url)
    assert expired.status == 400
    page = await visitor.follow(await visitor.get(way_on(expired)))
    assert page.url.startswith("/signin?")


async def test_two_tabs_do_not_disturb_each_other(provider: Provider, visitor: Browser):
    one, two = [await Platform.register(provider) for _ in range(2)]
    first, second = await one.ask(visitor), await two.ask(visitor)
    second = await two.choose_persona(visitor, second, "adult")
    first = await visitor.follow(await visitor.get(first.url))  # the first tab is reloaded
    assert first.url.startswith("/consent?")
    answer = await two.decide(visitor, second, "allow")
    assert (await two.redeem(answer.location_query["code"])).status == 200
    answer = await one.decide(visitor, first, "allow")
    assert (await one.redeem(answer.location_query["code"])).status == 200


async def test_two_tabs_of_one_request_both_end_at_the_platform(
    platform: Platform, visitor: Browser
):
    tabs = [await platform.ask(visitor) for _ in range(2)]
    tabs = [await platform.choose_persona(visitor, page, "adult") for page in tabs]
    # The second sign-in is a new session: the first tab's form was made for the old one.
    refused = await platform.decide(visitor, tabs[0], "allow")
    assert (refused.status, refused.error_code()) == (403, "csrf_failed")
    again = re.search(r'href="(/continue\?[^"]+)"', refused.text)
    assert again is not None
    tabs[0] = await visitor.follow(await visitor.get(again[1]))
    for page in tabs:
        assert "code" in (await platform.decide(visitor, page, "allow")).location_query


async def test_going_back_and_forth_ends_at_the_same_place(platform: Platform, visitor: Browser):
    signin = await platform.ask(visitor)
    consent = await platform.choose_persona(visitor, signin, "adult")
    assert (await visitor.follow(await visitor.get(signin.url))).url.startswith("/consent?")
    assert (await visitor.get(consent.url)).status == 200
    codes = [await platform.decide(visitor, consent, "allow") for _ in range(2)]
    assert len({answer.location_query["code"] for answer in codes}) == 2


@pytest.mark.parametrize("path", ["/signin", "/continue", "/consent", "/select-account"])
async def test_a_page_of_a_sign_in_without_one_is_no_dead_end(
    provider: Provider, visitor: Browser, path: str
):
    stranger = await visitor.follow(await visitor.get(path))
    assert stranger.status == 200
    await provider.sign_in(visitor)
    assert (await visitor.follow(await visitor.get(path))).url == "/account"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.3")
async def test_a_session_ends_after_an_hour_without_use(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True)
    provider.clock.advance(HOUR - 1)
    assert "code" in (await visitor.get(platform.address())).location_query
    provider.clock.advance(HOUR - 1)  # since its last use
    assert "code" in (await visitor.get(platform.address())).location_query
    provider.clock.advance(HOUR)
    assert (await platform.ask(visitor)).url.startswith("/signin?")


async def test_a_session_ends_after_half_a_day_however_much_it_is_used(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True)
    for _ in range(23):
        provider.clock.advance(HALF_AN_HOUR)
        assert "code" in (await visitor.get(platform.address())).location_query
    provider.clock.advance(HALF_AN_HOUR)
    assert (await platform.ask(visitor)).url.startswith("/signin?")


async def test_signing_out_is_asked_and_then_done(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await visitor.get("/signout")
    assert 'data-testid="signout-confirm"' in page.text
    assert "code" in (await visitor.get(platform.address())).location_query  # only asked so far
    done = await visitor.follow(await visitor.post("/signout", page.form("/signout")))
    assert (done.status, done.url) == (200, "/signed-out")
    assert (await platform.ask(visitor)).url.startswith("/signin?")
    assert (await visitor.get("/signout")).location == "/signed-out"


async def test_the_home_page_knows_whether_somebody_is_signed_in(
    provider: Provider, visitor: Browser
):
    assert 'href="/signout"' not in (await visitor.get("/")).text
    await provider.sign_in(visitor)
    shown = await visitor.follow(await visitor.get("/"))
    assert shown.url == "/account"
    assert 'href="/signout"' in shown.text


async def test_creating_a_network_id_goes_on_to_the_platform_that_asked(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(provider)
    page = await platform.ask(visitor)
    for path in ("/enrol", "/create"):
        link = re.search(rf'href="({path}\?[^"]+)"', page.text)
        assert link is not None
        page = await visitor.get(link[1])
    choosing = page
    citizen = choosing.text.partition('name="citizen" value="')[2].partition('"')[0]
    form = choosing.form("/create") | {"citizen": citizen}
    page = await visitor.follow(await visitor.post("/create", form))
    authenticator = SoftAuthenticator()
    credential = authenticator.create(page.passkey_options(), provider.issuer)
    form = page.form("/create/passkey") | {"credential": credential}
    created = await visitor.follow(await visitor.post("/create/passkey", form))
    assert created.status == 200
    page = await visitor.follow(await visitor.get(way_on(created, "created-continue")))
    assert page.url.startswith("/consent?")
    assert "code" in (await platform.decide(visitor, page, "allow")).location_query

    stranger = provider.browser()
    page = await platform.ask(stranger)
    page = await stranger.follow(await passkeys.sign_in(provider, stranger, page, authenticator))
    assert page.url.startswith("/consent?")
