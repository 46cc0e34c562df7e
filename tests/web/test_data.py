"""The file with all that is held about a person."""

import json
from typing import Any

import pytest

from idp.web.words_data import CONTENTS
from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform
from tests.support.provider import Provider

PATH = "/account/data"
EXPORT = f"{PATH}/export"


@pytest.fixture
async def owner(provider: Provider) -> Somebody:
    return await somebody(provider)


async def export(owner: Somebody) -> dict[str, Any]:
    answer = await owner.press(await owner.browser.get(PATH), EXPORT)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_file_holds_what_is_held(owner: Somebody, provider: Provider):
    platform = await Platform.register(provider, client_name="Corner Shop")
    page = await platform.ask(owner.browser, scope="openid age")
    await platform.decide(owner.browser, page, "allow", remember=True)
    found = await export(owner)
    assert (found["format"], found["version"]) == ("network-id-export", 1)
    assert found["person"]["birth_date"] == "1990-05-17"
    assert found["person"]["proof"]["adapter"] == "sandbox"
    sector = platform.registered.client.sector
    assert [one["sector"] for one in found["network_ids"]] == [sector]
    assert len(found["network_ids"][0]["network_id"]) == 25
    assert [one["client_id"] for one in found["consents"]] == [platform.client_id]
    assert [one["client_id"] for one in found["grants"]] == [platform.client_id]
    assert found["sessions"][0]["this_one"] is True
    assert {one["happened"] for one in found["activity"]} >= {"data_exported", "platform_allowed"}
    assert found["enrolment"] == {"check_value_kept": True, "state": "confirmed"}


async def test_every_member_of_the_file_is_explained(owner: Somebody):
    found = await export(owner)
    told = {"format", "version", "issuer", "made_at", "about", "left_out"}
    assert found.keys() - told == CONTENTS.keys() == found["about"].keys()


async def test_the_file_speaks_the_language_of_the_page(owner: Somebody):
    await owner.browser.get("/language?to=zh-Hans&back=/")
    assert "活动记录" in (await export(owner))["about"]["activity"]


async def test_the_file_opens_nothing(owner: Somebody, provider: Provider):
    """Whoever finds it gains no way in, and no name that joins the rows of the person."""
    (session,) = await provider.services.sessions.of(owner.person_id)
    text = json.dumps(await export(owner))
    assert session.digest.hex() not in text
    assert owner.person_id.hex() not in text
    assert owner.proof.number not in text
    for name, value in owner.browser.cookies.items():
        assert value not in text or "language" in name


async def test_the_file_is_a_download_that_nobody_keeps(owner: Somebody):
    answer = await owner.press(await owner.browser.get(PATH), EXPORT)
    assert answer.headers["content-disposition"].startswith('attachment; filename="network-id-')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")


async def test_a_download_stands_in_the_history(owner: Somebody):
    await export(owner)
    assert "event-data_exported" in (await owner.browser.get("/account/activity")).text


async def test_a_found_browser_downloads_nothing(owner: Somebody, provider: Provider):
    page = await owner.browser.get(PATH)
    provider.clock.advance(121)
    answer = await owner.press(page, EXPORT)
    assert answer.location.startswith("/signin?then=%2Faccount%2Fdata")
    again = await owner.browser.get(PATH)
    assert 'data-testid="export"' not in again.text
    assert 'data-testid="export-sign-in"' in again.text
    assert "event-data_exported" not in (await owner.browser.get("/account/activity")).text


async def test_another_page_cannot_have_it_downloaded(owner: Somebody, provider: Provider):
    page = await owner.browser.get(PATH)
    stranger = await somebody(provider)
    foreign = (await stranger.browser.get(PATH)).form(EXPORT)["csrf"]
    for token in ("", foreign):
        answer = await owner.press(page, EXPORT, csrf=token)
        assert (answer.status, answer.error_code()) == (403, "csrf_failed")


async def test_a_suspended_person_has_it_too(provider: Provider):
    browser = provider.browser()
    await provider.sign_in(browser, "suspended")
    page = await browser.get(PATH)
    answer = await browser.post(EXPORT, page.form(EXPORT))
    assert answer.json()["person"]["suspensions"][0]["reason"] == "sandbox-demonstration"
