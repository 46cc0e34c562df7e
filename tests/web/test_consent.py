"""Consent: asked once for what is new, remembered when the person says so, nothing for a no."""

import re
from pathlib import Path

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

YEAR = 365 * 24 * 3600
AGES = ("age_over_14", "age_over_16", "age_over_18", "age_over_65")


def values(page: Answer) -> dict[str, str]:
    """The exact values on the page."""
    return dict(re.findall(r'data-testid="value-(\w+)"><strong>(\w+)</strong>', page.text))


def marked_new(page: Answer) -> set[str]:
    """The values that carry the tag for what was not allowed before."""
    return set(
        re.findall(r'class="tag">new</span></dt>\s*<dd data-testid="value-(\w+)"', page.text)
    )


async def consent_page(
    platform: Platform, browser: Browser, persona: str = "adult", **changes: str
) -> Answer:
    page = await platform.ask(browser, **changes)
    if page.url.startswith("/signin?"):
        page = await platform.choose_persona(browser, page, persona)
    assert page.url.startswith("/consent?"), page.url
    return page


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.4")
@pytest.mark.parametrize(
    ("persona", "answers"),
    [
        ("adult", ["yes", "yes", "yes", "no"]),
        ("minor", ["yes", "no", "no", "no"]),
        ("elder", ["yes", "yes", "yes", "yes"]),
    ],
)
async def test_the_page_shows_exactly_what_the_platform_will_get(
    platform: Platform, visitor: Browser, persona: str, answers: list[str]
):
    page = await consent_page(platform, visitor, persona, scope="openid age")
    assert values(page) == dict(zip(AGES, answers, strict=True))
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    token = (await platform.redeem(code)).json()["access_token"]
    info = (await platform.userinfo(token)).json()
    assert {n: "yes" if v else "no" for n, v in info.items() if n != "sub"} == values(page)


async def test_nothing_is_ticked_beforehand(platform: Platform, visitor: Browser):
    page = await consent_page(platform, visitor)
    assert "checked" not in page.text


async def test_the_network_id_is_shown_once_there_is_one(platform: Platform, visitor: Browser):
    page = await consent_page(platform, visitor)
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    tokens = (await platform.redeem(code)).json()
    sub = (await platform.userinfo(tokens["access_token"])).json()["sub"]
    plain = re.sub(r"<[^>]+>|\s", "", page.text)
    assert sub not in plain.replace("-", "")
    again = re.sub(r"<[^>]+>|\s", "", (await consent_page(platform, visitor)).text)
    assert sub in again.replace("-", "")


async def test_a_remembered_yes_makes_the_second_login_silent(platform: Platform, visitor: Browser):
    first = await platform.id_token(visitor)
    await platform.log_in(visitor, remember=True)
    answer = await visitor.get(platform.address())
    assert "code" in answer.location_query
    second = await platform.redeem(answer.location_query["code"])
    token = second.json()["access_token"]
    assert (await platform.userinfo(token)).json()["sub"] == first["sub"]


async def test_a_yes_that_is_not_remembered_is_asked_again(platform: Platform, visitor: Browser):
    before = dump(platform.provider)["provider.consents"]
    await platform.log_in(visitor)
    assert (await platform.ask(visitor)).url.startswith("/consent?")
    assert dump(platform.provider)["provider.consents"] == before


async def test_only_what_is_new_is_asked_for_and_marked(platform: Platform, visitor: Browser):
    one = '{"userinfo":{"age_over_18":null}}'
    page = await consent_page(platform, visitor, claims=one)
    assert marked_new(page) == set()
    await platform.decide(visitor, page, "allow", remember=True)
    assert "code" in (await visitor.get(platform.address(claims=one))).location_query
    page = await consent_page(platform, visitor, scope="openid age")
    assert marked_new(page) == set(AGES) - {"age_over_18"}


async def test_what_was_allowed_stays_allowed_when_more_is(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True, claims='{"userinfo":{"age_over_14":null}}')
    await platform.log_in(visitor, remember=True, claims='{"userinfo":{"age_over_65":null}}')
    both = '{"userinfo":{"age_over_14":null,"age_over_65":null}}'
    assert "code" in (await visitor.get(platform.address(claims=both))).location_query
    assert "code" in (await visitor.get(platform.address())).location_query


async def test_less_than_was_allowed_is_not_asked(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True, scope="openid age")
    answer = await visitor.get(platform.address())
    token = (await platform.redeem(answer.location_query["code"])).json()["access_token"]
    assert (await platform.userinfo(token)).json().keys() == {"sub"}


async def test_the_time_of_the_sign_in_is_shared_only_after_a_yes_to_it(
    platform: Platform, visitor: Browser
):
    """It is the one value by which two platforms could compare: an item of its own."""
    await platform.log_in(visitor, remember=True)
    assert "code" in (await visitor.get(platform.address())).location_query
    page = await platform.ask(visitor, max_age="3000")
    assert page.url.startswith("/consent?")


async def test_a_yes_is_remembered_for_a_year(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider)
        await platform.log_in(provider.browser(), remember=True)
        for waiting, page in ((YEAR - 24 * 3600, "code="), (2 * 24 * 3600, "/consent?")):
            provider.clock.advance(waiting)
            browser = provider.browser()
            await provider.sign_in(browser)
            answer = await platform.ask(browser)
            assert page in answer.headers.get("location", answer.url)


async def test_a_no_stores_nothing_and_is_one_click(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Promise P9."""
    page = await consent_page(platform, visitor, scope="openid age")
    before = dump(provider)
    answer = await platform.decide(visitor, page, "deny", remember=True)
    assert answer.location_query["error"] == "access_denied"
    assert dump(provider) == before
    assert (await platform.ask(visitor, scope="openid age")).url.startswith("/consent?")


async def test_leaving_before_signing_in_stores_nothing(
    provider: Provider, platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    before = dump(provider)
    address = re.search(r'href="(/decline\?[^"]+)"', page.text)
    assert address is not None
    answer = await visitor.get(address[1])
    assert answer.location_query["error"] == "access_denied"
    assert dump(provider) == before


async def test_a_no_after_a_remembered_yes_leaves_the_yes(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, prompt="consent")
    await platform.decide(visitor, page, "deny")
    assert "code" in (await visitor.get(platform.address())).location_query


async def test_two_platforms_get_two_network_ids(provider: Provider, visitor: Browser):
    one, two = [await Platform.register(provider) for _ in range(2)]
    first, second = await one.id_token(visitor), await two.id_token(visitor)
    assert first["sub"] != second["sub"]


async def test_two_clients_of_one_platform_get_one_network_id(provider: Provider, visitor: Browser):
    one, two = [await Platform.register(provider, platform="a-pair") for _ in range(2)]
    assert (await one.id_token(visitor))["sub"] == (await two.id_token(visitor))["sub"]


async def test_not_you_leads_to_another_sign_in_and_back_to_the_same_request(
    platform: Platform, visitor: Browser
):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    assert 'data-testid="consent-other"' in page.text
    token = page.form("/consent")["interaction"]
    page = await visitor.get(f"/select-account?interaction={token}")
    assert page.status == 200
    page = await visitor.follow(await visitor.post("/signin/other", page.form("/signin/other")))
    assert page.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, page, "newcomer")
    assert page.url.startswith("/consent?")


async def test_a_no_from_a_stale_page_is_heard(platform: Platform, visitor: Browser):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    await platform.provider.sign_in(platform.provider.browser(), "newcomer")
    stale = page.form("/consent") | {"csrf": "of another session", "decision": "deny"}
    answer = await visitor.post("/consent", stale)
    assert answer.location_query["error"] == "access_denied"
