"""The account's platform pages: what is shown, taking back, renewing, receipts."""

import pytest

from idp.domain.activity import KEPT_DAYS, Happened
from idp.domain.age import CLAIM_NAMES
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.consent import CONSENT_DAYS
from idp.domain.release import ITEM_HARDWARE, Release
from idp.services import housekeeping
from idp.web import words, words_platforms
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.platforms import LIST, Holder, path_of, receipt_of
from tests.support.provider import Provider, running


@pytest.fixture
def holder(provider: Provider, visitor: Browser) -> Holder:
    return Holder(provider, visitor)


async def test_a_stranger_signs_in_first_and_then_comes_to_the_page_they_wanted(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(provider.browser())
    page = await visitor.follow(await visitor.get(path_of(platform)))
    assert page.url.startswith("/signin?")
    form = page.form("/signin/persona") | {"persona": "adult"}
    page = await visitor.follow(await visitor.post("/signin/persona", form))
    assert page.url == path_of(platform)
    assert page.status == 200


async def test_every_platform_is_listed_with_the_network_id_there(
    provider: Provider, holder: Holder
):
    one, two = [await Platform.register(provider) for _ in range(2)]
    subs = [(await platform.id_token(holder.browser))["sub"] for platform in (one, two)]
    page = (await holder.everywhere()).text
    for platform, sub in zip((one, two), subs, strict=True):
        assert path_of(platform) in page
        assert await holder.network_id(platform) == sub


async def test_somebody_who_was_nowhere_is_told_so(tmp_path_factory: pytest.TempPathFactory):
    async with running(tmp_path_factory.mktemp("nowhere")) as provider:
        nobody = await Holder.signed_in(provider, "newcomer")
        assert 'data-testid="no-platforms"' in (await nobody.everywhere()).text


async def test_a_remembered_yes_is_shown_with_todays_values_and_until_when_it_holds(
    platform: Platform, holder: Holder
):
    await platform.log_in(holder.browser, remember=True, scope="openid age")
    page = (await holder.page(platform)).text
    assert "It holds until" in await holder.state(platform)
    assert 'data-testid="value-age_over_18"><strong>yes<' in page
    assert 'data-testid="value-age_over_65"><strong>no<' in page
    assert "your date of birth" in page


async def test_what_is_told_beside_answers_is_shown_too(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser, remember=True, max_age="1000")
    page = (await holder.page(platform)).text
    assert 'data-testid="item-auth_time"' in page


async def test_every_item_that_can_be_allowed_has_words():
    release = Release(tuple(CLAIM_NAMES), (), auth_time=True, hardware=True)
    told = words_platforms.ITEMS.keys() | words.VALUE_LABELS.keys() | {"openid", ITEM_HARDWARE}
    assert release.items <= told


async def test_a_yes_that_was_not_remembered_is_shown_as_that(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser)
    assert "did not have it remembered" in await holder.state(platform)


async def test_taking_back_is_one_press_and_ends_tokens_and_codes_at_once(
    platform: Platform, holder: Holder
):
    tokens = await platform.tokens(holder.browser, remember=True)
    in_flight = await platform.code(holder.browser)
    assert (await platform.userinfo(tokens["access_token"])).status == 200

    answer = await holder.withdraw(platform)

    assert answer.status == 303
    assert 'data-testid="said"' in (await holder.browser.follow(answer)).text
    assert "you took it back" in await holder.state(platform)
    assert (await platform.userinfo(tokens["access_token"])).status == 401
    refused = await platform.redeem(in_flight)
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")
    assert (await platform.ask(holder.browser)).url.startswith("/consent?")
    assert (await holder.happened(platform))[0] is Happened.PLATFORM_WITHDRAWN


async def test_taking_back_needs_no_fresh_sign_in(
    provider: Provider, platform: Platform, holder: Holder
):
    await platform.log_in(holder.browser, remember=True)
    provider.clock.advance(30 * 60)
    assert (await holder.withdraw(platform)).location.startswith(path_of(platform))
    assert "you took it back" in await holder.state(platform)


async def test_what_was_allowed_once_can_be_ended_too(platform: Platform, holder: Holder):
    tokens = await platform.tokens(holder.browser)
    await holder.withdraw(platform)
    assert (await platform.userinfo(tokens["access_token"])).status == 401


async def test_taking_back_twice_is_no_error_and_is_noted_once(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser, remember=True)
    action = f"{path_of(platform)}/withdraw"
    form = (await holder.page(platform)).form(action)
    for _ in range(2):
        holder.provider.clock.advance(1)
        assert (await holder.browser.post(action, form)).status == 303
    assert (await holder.happened(platform)).count(Happened.PLATFORM_WITHDRAWN) == 1


async def test_taking_back_at_one_platform_leaves_the_others(provider: Provider, holder: Holder):
    one, two = [await Platform.register(provider) for _ in range(2)]
    for platform in (one, two):
        await platform.log_in(holder.browser, remember=True)
    await holder.withdraw(one)
    assert "code" in (await holder.browser.get(two.address())).location_query


async def test_a_link_cannot_claim_that_something_was_taken_back_or_renewed(
    platform: Platform, holder: Holder
):
    await platform.log_in(holder.browser, remember=True)
    for said in ("renewed", f"withdrawn&client={platform.client_id}", "withdrawn", "<b>"):
        page = await holder.browser.get(f"{path_of(platform)}?said={said}")
        assert page.status == 200
        assert 'data-testid="said"' not in page.text


async def test_a_renewed_network_id_is_a_new_person_to_the_platform(
    platform: Platform, holder: Holder
):
    tokens = await platform.tokens(holder.browser, remember=True)
    old, in_flight = await holder.network_id(platform), await platform.code(holder.browser)

    answer = await holder.renew(platform)

    assert 'data-testid="said"' in (await holder.browser.follow(answer)).text
    new = await holder.network_id(platform)
    assert new != old
    assert (await platform.userinfo(tokens["access_token"])).status == 401
    assert (await platform.redeem(in_flight)).json()["error"] == "invalid_grant"
    page = await platform.ask(holder.browser)
    assert page.url.startswith("/consent?")
    await platform.decide(holder.browser, page, "allow")
    assert (await platform.id_token(holder.browser))["sub"] == new
    assert Happened.NETWORK_ID_RENEWED in await holder.happened(platform)


async def test_a_renewal_needs_a_sign_in_of_the_last_two_minutes(
    provider: Provider, platform: Platform, holder: Holder
):
    await platform.log_in(holder.browser)
    action = f"{path_of(platform)}/renew"
    form = (await holder.browser.get(action)).form(action) | {"understood": "on"}
    old = await holder.network_id(platform)
    provider.clock.advance(2 * 60)
    for answer in (await holder.browser.get(action), await holder.browser.post(action, form)):
        assert answer.location.startswith("/signin?")
        assert "again=1" in answer.location
    assert await holder.network_id(platform) == old


async def test_a_renewal_needs_the_box_ticked(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser)
    old = await holder.network_id(platform)
    answer = await holder.renew(platform, understood="")
    assert answer.location == f"{path_of(platform)}/renew"
    assert await holder.network_id(platform) == old


async def test_the_page_says_from_when_it_can_be_renewed_again(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser)
    await holder.renew(platform)
    page = (await holder.page(platform)).text
    assert 'data-testid="renewable"' in page
    assert "renew-open" not in page
    asking = await holder.browser.get(f"{path_of(platform)}/renew")
    assert 'data-testid="renew"' not in asking.text


async def test_a_consent_page_that_showed_the_old_network_id_is_asked_again(
    platform: Platform, holder: Holder
):
    """P5: exact values before. What is allowed is what stood there."""
    await platform.log_in(holder.browser)
    page = await platform.ask(holder.browser)
    await holder.renew(platform)
    form = page.form("/consent") | {"decision": "allow"}
    answer = await holder.browser.post("/consent", form)
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")


async def test_a_platform_that_has_left_is_still_there_by_its_name(
    provider: Provider, holder: Holder
):
    platform = await Platform.register(provider, client_name="Gone Fishing")
    await platform.log_in(holder.browser, remember=True)
    await provider.services.clients.remove(platform.client_id)
    page = (await holder.page(platform)).text
    assert "Gone Fishing" in page
    assert "has left Network ID" in page
    await holder.withdraw(platform)
    assert "you took it back" in await holder.state(platform)


async def test_a_consent_that_ended_is_shown_as_nothing_remembered(
    tmp_path_factory: pytest.TempPathFactory,
):
    async with running(tmp_path_factory.mktemp("ended")) as provider:
        platform = await Platform.register(provider)
        holder = await Holder.signed_in(provider)
        await platform.log_in(holder.browser, remember=True)
        provider.clock.advance(CONSENT_DAYS * SECONDS_PER_DAY)
        await housekeeping.prune(provider.parts.database, provider.clock)
        later = await Holder.signed_in(provider)
        assert "Nothing is remembered" in await later.state(platform)
        assert f"not in the last {KEPT_DAYS} days" in (await later.page(platform)).text


async def test_a_receipt_is_a_file(platform: Platform, holder: Holder):
    await platform.log_in(holder.browser, remember=True)
    answer = await holder.browser.get(receipt_of(platform))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"


async def test_there_is_no_receipt_of_a_yes_that_was_never_given(
    provider: Provider, platform: Platform, holder: Holder
):
    sister = await Platform.register(provider, platform=platform.registered.client.platform)
    await platform.log_in(holder.browser)
    assert (await holder.browser.get(receipt_of(sister))).status == 404


@pytest.mark.parametrize("slug", ["0" * 16, "x", "..", "%00", "a" * 500, "renew"])
async def test_a_platform_that_is_not_ones_own_is_not_there(holder: Holder, slug: str):
    await holder.provider.sign_in(holder.browser)
    for page in ("", "/renew", "/receipt?client=x"):
        assert (await holder.browser.get(f"{LIST}/{slug}{page}")).status == 404


async def test_the_consent_page_says_where_to_take_it_back(platform: Platform, visitor: Browser):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    assert f'href="{LIST}"' in page.text
