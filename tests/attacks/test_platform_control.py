"""Who may take back and renew: the person, once, at their own platforms, from their own pages."""

import asyncio

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.services.platforms import slug_of
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.platforms import Holder, path_of, receipt_of
from tests.support.provider import Provider
from tests.support.races import at_once
from tests.support.shared_provider import dump

ACTS = ["withdraw", "renew"]


@pytest.fixture
def holder(provider: Provider, visitor: Browser) -> Holder:
    return Holder(provider, visitor)


async def filled_in(holder: Holder, platform: Platform, act: str) -> tuple[str, dict[str, str]]:
    action = f"{path_of(platform)}/{act}"
    page = await holder.browser.get(action if act == "renew" else path_of(platform))
    return action, page.form(action) | {"understood": "on"}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("csrf", ["", "0" * 64, "theirs", "another act", "another form"])
async def test_another_sites_form_changes_nothing(
    provider: Provider, platform: Platform, holder: Holder, act: str, csrf: str
):
    await platform.log_in(holder.browser, remember=True)
    action, form = await filled_in(holder, platform, act)
    other = Holder(provider, provider.browser())
    await platform.log_in(other.browser, "elder", remember=True)
    tokens = {
        "theirs": (await filled_in(other, platform, act))[1]["csrf"],
        "another act": (await filled_in(holder, platform, ACTS[1 - ACTS.index(act)]))[1]["csrf"],
        "another form": (await platform.ask(holder.browser, prompt="consent")).form("/consent")[
            "csrf"
        ],
    }
    before = dump(provider)
    answer = await holder.browser.post(action, form | {"csrf": tokens.get(csrf, csrf)})
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert dump(provider) == before


@pytest.mark.parametrize("act", ACTS)
async def test_a_form_dies_with_the_session_it_was_made_for(
    provider: Provider, platform: Platform, holder: Holder, act: str
):
    await platform.log_in(holder.browser, remember=True)
    action, form = await filled_in(holder, platform, act)
    out = await holder.browser.get("/signout")
    await holder.browser.post("/signout", out.form("/signout"))
    assert (await holder.browser.post(action, form)).location.startswith("/signin?")
    await provider.sign_in(holder.browser)
    assert (await holder.browser.post(action, form)).error_code() == "csrf_failed"
    assert "It holds until" in await holder.state(platform)


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_can_name_somebody_elses_platform(
    provider: Provider, platform: Platform, holder: Holder, act: str
):
    """The elder is at a platform where the adult is not: to the adult there is no such page."""
    elder = Holder(provider, provider.browser())
    await platform.log_in(elder.browser, "elder", remember=True)
    elsewhere = await Platform.register(provider)
    await elsewhere.log_in(holder.browser, remember=True)
    _, form = await filled_in(holder, elsewhere, act)
    before = dump(provider)
    for name in (platform.client_id, elsewhere.client_id, ""):
        answer = await holder.browser.post(f"{path_of(platform)}/{act}", form | {"client": name})
        assert answer.status == 404
    assert (await holder.browser.get(receipt_of(platform))).status == 404
    assert dump(provider) == before


async def test_a_client_of_another_platform_is_not_taken_back_from_here(
    provider: Provider, platform: Platform, holder: Holder
):
    other = await Platform.register(provider)
    for one in (platform, other):
        await one.log_in(holder.browser, remember=True)
    action, form = await filled_in(holder, platform, "withdraw")
    answer = await holder.browser.post(action, form | {"client": other.client_id})
    assert answer.status == 404
    assert "It holds until" in await holder.state(other)


async def test_two_people_at_one_platform_do_not_touch_each_other(
    provider: Provider, platform: Platform, holder: Holder
):
    elder = Holder(provider, provider.browser())
    tokens = await platform.tokens(elder.browser, "elder", remember=True)
    theirs = await elder.network_id(platform)
    await platform.log_in(holder.browser, remember=True)
    await holder.withdraw(platform)
    await holder.renew(platform)
    assert await elder.network_id(platform) == theirs
    assert (await platform.userinfo(tokens["access_token"])).status == 200
    assert "It holds until" in await elder.state(platform)


@pytest.mark.parametrize("tabs", [2, 5])
async def test_however_many_tabs_renew_there_is_one_new_network_id(
    provider: Provider, platform: Platform, holder: Holder, tabs: int
):
    await platform.log_in(holder.browser)
    old = await holder.network_id(platform)
    action, form = await filled_in(holder, platform, "renew")
    answers = await at_once(provider, [holder.browser.post(action, form) for _ in range(tabs)])
    assert sorted(answer.status for answer in answers) == [303, *[409] * (tabs - 1)]
    new = await holder.network_id(platform)
    again = await holder.browser.post(action, form)
    assert (again.status, again.error_code()) == (409, "renewed_too_recently")
    assert await holder.network_id(platform) == new != old


async def test_a_withdrawal_between_the_question_and_the_code_gives_no_code(
    provider: Provider, platform: Platform, holder: Holder
):
    """A silent login waits at its last statement while the person takes the consent back."""
    await platform.log_in(holder.browser, remember=True)
    withdrawn = "DELETE FROM consents"
    (answer,) = await at_once(provider, [holder.browser.get(platform.address())], withdrawn)
    assert answer.location.startswith("/consent?")
    silent = await holder.browser.get(platform.address(prompt="none"))
    assert silent.location_query["error"] == "consent_required"


async def test_withdrawing_and_logging_in_at_once_leave_nothing_that_works(
    provider: Provider, holder: Holder
):
    """Whichever comes first, what is left when both are done is no grant of before."""
    for _ in range(8):
        platform = await Platform.register(provider)
        await platform.log_in(holder.browser, remember=True)
        action, form = await filled_in(holder, platform, "withdraw")
        login, _ = await asyncio.gather(
            holder.browser.get(platform.address()), holder.browser.post(action, form)
        )
        if login.location.startswith(platform.redirect_uri):
            refused = await platform.redeem(login.location_query["code"])
            assert refused.json()["error"] == "invalid_grant"


async def test_a_suspended_person_takes_back_but_does_not_renew(
    provider: Provider, platform: Platform
):
    """Withdrawing is a right; a fresh start would get away from what was decided."""
    holder = Holder(provider, provider.browser())
    await provider.sign_in(holder.browser, "suspended")
    person_id, sector = await holder.person_id(), platform.registered.client.sector
    async with provider.parts.database.transaction() as transaction:
        await provider.services.pseudonyms.find_or_draw(transaction, sector, person_id)
        await provider.services.consents.remember(
            transaction,
            platform.registered.client,
            person_id,
            frozenset({"openid"}),
            record="r",
            version=1,
        )
    old = await holder.network_id(platform)
    page = await holder.browser.get(f"{path_of(platform)}/renew")
    assert 'data-testid="renew"' not in page.text
    account = await holder.account()
    with pytest.raises(Refusal) as refused:  # whatever form they may have kept
        await provider.services.platforms.renew(account, slug_of(sector))
    assert refused.value.cause is Cause.PERSON_SUSPENDED
    assert (await holder.withdraw(platform)).status == 303
    assert "Nothing is remembered" in await holder.state(platform)
    assert await holder.network_id(platform) == old
