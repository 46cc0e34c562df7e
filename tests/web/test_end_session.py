"""`/logout`: a platform may ask, the person decides, and the way back is a registered one."""

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.jwt import parts, signed
from tests.support.leaving import AFTER, STATE, choose, is_signed_in, leaving_platform, logout_page
from tests.support.logins import Platform
from tests.support.provider import Provider

YEAR = 365 * 24 * 3600


@pytest.fixture
async def shop(provider: Provider) -> Platform:
    return await leaving_platform(provider)


async def id_token(platform: Platform, browser: Browser, persona: str = "adult") -> str:
    return str((await platform.tokens(browser, persona, remember=True))["id_token"])


def is_asking(page: Answer) -> bool:
    return page.status == 200 and 'data-testid="signout-confirm"' in page.text


@pytest.mark.spec(
    "OpenID Connect RP-Initiated Logout 1.0 §2", "OpenID Connect RP-Initiated Logout 1.0 §3"
)
async def test_the_person_is_asked_then_signed_out_and_sent_back_with_the_state(
    shop: Platform, visitor: Browser
):
    hint = await id_token(shop, visitor)
    page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER, state=STATE)
    assert is_asking(page)
    assert "Corner Shop" in page.text
    assert "https://shop.example" in page.headers["content-security-policy"]
    assert await is_signed_in(visitor)  # only asked so far
    answer = await choose(visitor, page)
    assert answer.location.startswith(AFTER + "&state=")
    assert answer.location_query == {"kept": "1", "state": STATE}
    assert not await is_signed_in(visitor)
    silent = await visitor.get(shop.address(prompt="none"))
    assert silent.location_query["error"] == "login_required"


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §3")
async def test_without_a_state_none_comes_back(shop: Platform, visitor: Browser):
    page = await logout_page(visitor, await id_token(shop, visitor), post_logout_redirect_uri=AFTER)
    assert (await choose(visitor, page)).location == AFTER


async def test_who_stays_goes_back_too_and_is_still_signed_in(shop: Platform, visitor: Browser):
    hint = await id_token(shop, visitor)
    page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)
    assert (await choose(visitor, page, "stay")).location == AFTER
    assert await is_signed_in(visitor)
    assert (await choose(visitor, await visitor.get("/signout"), "stay")).location == "/"


@pytest.mark.parametrize("sent", [{}, {"state": "only a state"}, {"ui_locales": "zh"}])
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_nothing_has_to_be_sent(shop: Platform, visitor: Browser, sent: dict[str, str]):
    await id_token(shop, visitor)
    page = await logout_page(visitor, **sent)
    assert is_asking(page)
    assert page.headers["content-language"] == ("zh-Hans" if "ui_locales" in sent else "en")
    done = await visitor.follow(await choose(visitor, page))
    assert (done.status, done.url) == (200, "/signed-out")
    assert not await is_signed_in(visitor)


async def test_without_an_address_one_stays_on_our_page(shop: Platform, visitor: Browser):
    page = await logout_page(visitor, await id_token(shop, visitor), state="kept by us")
    assert (await choose(visitor, page)).location == "/signed-out"


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §3")
async def test_a_platform_that_proves_nothing_gets_nobody_back(shop: Platform, visitor: Browser):
    await id_token(shop, visitor)
    page = await logout_page(visitor, client_id=shop.client_id, post_logout_redirect_uri=AFTER)
    assert is_asking(page)
    assert 'data-testid="unproved"' in page.text
    assert "shop.example" not in page.text + page.headers["content-security-policy"]
    assert (await choose(visitor, page)).location == "/signed-out"


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_an_id_token_that_expired_long_ago_still_leads_back(
    provider: Provider, shop: Platform, visitor: Browser
):
    hint = await id_token(shop, visitor)
    provider.clock.advance(YEAR)
    assert (await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)).location == AFTER
    await id_token(shop, visitor)
    page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)
    assert (await choose(visitor, page)).location == AFTER


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_a_post_from_the_platforms_site_asks_the_person_too(shop: Platform, visitor: Browser):
    """Without cookies, as a browser sends it: the page of our own asks for them again."""
    hint = await id_token(shop, visitor)
    form = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER, "logout_hint": "x"}
    posted = await visitor.post("/logout", form, headers={"cookie": ""})
    page = await visitor.follow(posted)
    assert is_asking(page)
    assert (await choose(visitor, page)).location == AFTER


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_somebody_elses_id_token_is_said_to_be_so(
    provider: Provider, shop: Platform, visitor: Browser
):
    hint = await id_token(shop, provider.browser(), "elder")
    await id_token(shop, visitor)
    page = await logout_page(visitor, hint, post_logout_redirect_uri=AFTER)
    assert 'data-testid="somebody-else"' in page.text
    assert (await choose(visitor, page, "stay")).location == AFTER
    assert await is_signed_in(visitor)


async def test_a_wish_that_is_too_old_leads_nowhere_and_signs_out_all_the_same(
    provider: Provider, shop: Platform, visitor: Browser
):
    page = await logout_page(visitor, await id_token(shop, visitor), post_logout_redirect_uri=AFTER)
    provider.clock.advance(31 * 60)
    assert (await choose(visitor, page)).location == "/signed-out"
    assert not await is_signed_in(visitor)


async def test_an_address_taken_away_meanwhile_is_not_followed(
    provider: Provider, shop: Platform, visitor: Browser
):
    page = await logout_page(visitor, await id_token(shop, visitor), post_logout_redirect_uri=AFTER)
    await provider.services.clients.remove(shop.client_id)
    assert (await choose(visitor, page)).location == "/signed-out"


@pytest.mark.parametrize("token", ["", "changed", "a" * 4000])
async def test_a_token_that_is_not_ours_signs_out_and_leads_nowhere(
    shop: Platform, visitor: Browser, token: str
):
    await id_token(shop, visitor)
    answer = await choose(visitor, await visitor.get("/signout"), logout=token)
    assert answer.location == "/signed-out"


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §4")
async def test_what_does_not_fit_together_is_told_and_one_can_still_sign_out(
    provider: Provider, shop: Platform, visitor: Browser
):
    hint, other = await id_token(shop, visitor), await leaving_platform(provider)
    ours = next(one for one in provider.parts.keystore.signers() if one.alg == "RS256")
    of_nobody = signed(ours, parts(hint)[1] | {"aud": "nobody"})
    refused = {
        "logout_hint_invalid": ("no token", {}),
        "logout_client_mismatch": (hint, {"client_id": other.client_id}),
        "unknown_client": (None, {"client_id": "nobody"}),
        "logout_address_mismatch": (hint, {"post_logout_redirect_uri": AFTER + "&foo=bar"}),
        "parameter_too_long": (hint, {"state": "x" * 1025}),
    }
    for code, (shown, sent) in refused.items():
        page = await logout_page(visitor, shown, **sent)
        assert (page.status, page.error_code()) == (400, code)
        assert 'href="/signout"' in page.text
    assert (await logout_page(visitor, of_nobody)).error_code() == "unknown_client"
    assert await is_signed_in(visitor)
