"""What a person sees of a platform that stays connected, and how they end it (promise P5)."""

import json

import pytest

from tests.support import refreshing
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.platforms import Holder
from tests.support.provider import Provider
from tests.support.refreshing import connect, refused

STAYS = 'data-testid="stays"'
MAY_STAY = 'data-testid="may-stay"'


@pytest.fixture
async def refresher(provider: Provider) -> Platform:
    return await refreshing.register(provider)


@pytest.fixture
async def holder(provider: Provider) -> Holder:
    return await Holder.signed_in(provider, "elder")


@pytest.mark.parametrize("remember", [True, False])
async def test_the_page_says_until_when_and_one_press_ends_it(
    refresher: Platform, holder: Holder, remember: bool
):
    connection = await connect(refresher, holder.browser, remember=remember)
    page = (await holder.page(refresher)).text
    assert STAYS in page
    assert "while you are away, until" in page
    assert "may go on working for a few minutes" not in page
    assert (await holder.everywhere()).text.count(STAYS) == 1
    await holder.withdraw(refresher)
    assert STAYS not in (await holder.page(refresher)).text
    assert STAYS not in (await holder.everywhere()).text
    assert refused(await refresher.refresh(connection.live)) == "refresh_token_revoked"


async def test_a_remembered_yes_says_that_it_may_begin_again(refresher: Platform, holder: Holder):
    connection = await connect(refresher, holder.browser, remember=True)
    assert MAY_STAY not in (await holder.page(refresher)).text
    await refresher.revoke(connection.live)
    page = (await holder.page(refresher)).text
    assert MAY_STAY in page
    assert STAYS not in page


async def test_who_has_left_is_not_said_to_stay(
    refresher: Platform, holder: Holder, provider: Provider
):
    await connect(refresher, holder.browser, remember=True)
    await provider.services.clients.remove(refresher.client_id)
    page = (await holder.page(refresher)).text
    assert "has left Network ID" in page
    assert STAYS not in page
    assert MAY_STAY not in page
    assert STAYS not in (await holder.everywhere()).text


async def test_the_receipt_holds_for_as_long_as_the_connection_may(
    refresher: Platform, holder: Holder
):
    await connect(refresher, holder.browser)
    record = (await holder.receipt(refresher))["receipt"]["consent_record"]
    assert record["events"][0]["validity_duration"] == "P365D"
    told = json.dumps(record["pii_processing"])
    assert "permission to stay connected while the person is away" in told


async def test_ones_own_data_holds_the_connection_and_nothing_that_opens_it(
    provider: Provider, refresher: Platform, holder: Holder
):
    connection = await connect(refresher, holder.browser)
    await connection.refresh()
    exported = await provider.services.data.export((await holder.account()).session)
    [given] = [one for one in exported["grants"] if one["client_id"] == refresher.client_id]
    assert given["stays_connected"].keys() == {
        *("since", "used_on", "until", "renewed_at", "times_renewed")
    }
    assert given["stays_connected"]["times_renewed"] == 1
    row = await provider.services.refresh_tokens.find(connection.live)
    assert row is not None
    assert row[1].chain.seed.hex() not in json.dumps(exported)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_consent_page_says_so_in_the_persons_language(
    refresher: Platform, visitor: Browser, language: str
):
    page = await refresher.ask(visitor, scope=refreshing.OFFLINE, ui_locales=language)
    page = await refresher.choose_persona(visitor, page, "adult")
    assert ("While you are away" if language == "en" else "您不在时") in page.text
