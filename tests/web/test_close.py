"""The page that closes an account."""

import pytest

from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump

PATH = "/account/close"


@pytest.fixture
async def owner(provider: Provider) -> Somebody:
    return await somebody(provider)


async def close(owner: Somebody) -> None:
    answer = await owner.press(await owner.browser.get(PATH), PATH, understood="yes")
    assert (answer.status, answer.location) == (303, "/account-closed"), answer.text
    shown = await owner.browser.follow(answer)
    assert 'data-testid="account-closed"' in shown.text


async def test_it_says_where_the_network_ids_end_before_anything_happens(
    owner: Somebody, provider: Provider
):
    platform = await Platform.register(provider, client_name="Corner <Shop>")
    await platform.decide(owner.browser, await platform.ask(owner.browser), "allow")
    before = dump(provider)
    page = await owner.browser.get(PATH)
    assert "<bdi>Corner &lt;Shop&gt;</bdi>" in page.text
    assert "35 days" in page.text
    assert dump(provider) == before


async def test_all_sessions_end_and_nobody_is_signed_in_any_more(owner: Somebody):
    other = await owner.sign_in()
    await close(owner)
    assert [await owner.signed_in(one) for one in (None, other)] == [False, False]
    assert not any(name.endswith("session") for name in owner.browser.cookies)


async def test_a_live_access_token_is_refused_at_once(owner: Somebody, provider: Provider):
    platform = await Platform.register(provider)
    answer = await platform.decide(owner.browser, await platform.ask(owner.browser), "allow")
    token = (await platform.redeem(answer.location_query["code"])).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert (await provider.browser().get("/userinfo", headers=bearer)).status == 200
    await close(owner)
    refused = await provider.browser().get("/userinfo", headers=bearer)
    assert (refused.status, "invalid_token" in refused.headers["www-authenticate"]) == (401, True)


async def test_a_code_that_waits_is_worth_nothing(owner: Somebody, provider: Provider):
    platform = await Platform.register(provider)
    answer = await platform.decide(owner.browser, await platform.ask(owner.browser), "allow")
    await close(owner)
    refused = await platform.redeem(answer.location_query["code"])
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")


async def test_without_the_tick_nothing_happens_and_the_page_says_so(owner: Somebody):
    answer = await owner.press(await owner.browser.get(PATH), PATH)
    assert answer.status == 400
    assert 'id="unticked"' in answer.text
    assert await owner.signed_in()


async def test_a_found_browser_closes_nothing(owner: Somebody, provider: Provider):
    page = await owner.browser.get(PATH)
    provider.clock.advance(121)
    answer = await owner.press(page, PATH, understood="yes")
    assert answer.location.startswith("/signin?then=%2Faccount%2Fclose")
    assert await owner.signed_in()
    assert 'data-testid="close"' not in (await owner.browser.get(PATH)).text


async def test_another_page_cannot_close_it(owner: Somebody, provider: Provider):
    page = await owner.browser.get(PATH)
    stranger = await somebody(provider)
    foreign = (await stranger.browser.get(PATH)).form(PATH)["csrf"]
    export = (await owner.browser.get("/account/data")).form("/account/data/export")["csrf"]
    for token in ("", foreign, export):
        answer = await owner.press(page, PATH, understood="yes", csrf=token)
        assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert await owner.signed_in()


async def test_a_second_tab_finds_nobody_signed_in(owner: Somebody):
    page = await owner.browser.get(PATH)
    await close(owner)
    answer = await owner.press(page, PATH, understood="yes")
    assert answer.location.startswith("/signin?")


async def test_a_suspended_person_can_close_and_is_told_what_stays(provider: Provider):
    browser = provider.browser()
    await provider.sign_in(browser, "suspended")
    page = await browser.get(PATH)
    answer = await browser.post(PATH, page.form(PATH) | {"understood": "yes"})
    assert answer.location == "/account-closed"
    # In practice mode the persona is there again, as it was.
    again = provider.browser()
    await provider.sign_in(again, "suspended")
    assert 'data-testid="suspension-reason"' in (await again.get("/")).text
