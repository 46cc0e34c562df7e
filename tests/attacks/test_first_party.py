"""A platform's own services: what they may skip, and what nobody can make of that."""

from typing import Any, Final

import pytest

from idp.protocol.client_metadata import MetadataRefused
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.platforms import STATE, Holder
from tests.support.provider import Provider
from tests.support.shared_provider import dump

ASKED: Final = "/consent?"


@pytest.fixture
def holder(provider: Provider, visitor: Browser) -> Holder:
    return Holder(provider, visitor)


async def family(provider: Provider, *members: bool) -> list[Platform]:
    """Clients of one platform, first-party or not."""
    first = await Platform.register(provider, first_party=members[0])
    platform = first.registered.client.platform
    return [
        first,
        *[
            await Platform.register(provider, platform=platform, first_party=member)
            for member in members[1:]
        ],
    ]


async def test_a_remembered_yes_to_one_own_service_counts_at_the_next(
    provider: Provider, holder: Holder
):
    one, two = await family(provider, True, True)
    sub = (await one.tokens(holder.browser, remember=True))["id_token"]
    answer = await holder.browser.get(two.address())
    assert "code" in answer.location_query
    assert (await two.redeem(answer.location_query["code"])).status == 200
    assert sub


async def test_the_first_login_at_a_platform_is_asked_like_any_other(
    provider: Provider, holder: Holder
):
    (one,) = await family(provider, True)
    page = await one.choose_persona(holder.browser, await one.ask(holder.browser), "adult")
    assert page.url.startswith(ASKED)
    before = dump(provider)
    assert (await one.decide(holder.browser, page, "deny")).location_query["error"] == (
        "access_denied"
    )
    assert dump(provider) == before


async def test_a_yes_that_was_not_remembered_counts_nowhere(provider: Provider, holder: Holder):
    one, two = await family(provider, True, True)
    await one.log_in(holder.browser)
    assert (await two.ask(holder.browser)).url.startswith(ASKED)


@pytest.mark.parametrize(
    "members", [(True, False), (False, True), (False, False)], ids=["to", "from", "neither"]
)
async def test_an_ordinary_client_neither_lends_nor_borrows(
    provider: Provider, holder: Holder, members: tuple[bool, bool]
):
    one, two = await family(provider, *members)
    await one.log_in(holder.browser, remember=True)
    assert (await two.ask(holder.browser)).url.startswith(ASKED)


async def test_an_own_service_of_another_platform_borrows_nothing(
    provider: Provider, holder: Holder
):
    (one,), (two,) = await family(provider, True), await family(provider, True)
    await one.log_in(holder.browser, remember=True)
    assert (await two.ask(holder.browser)).url.startswith(ASKED)


@pytest.mark.parametrize(
    "more",
    [
        {"scope": "openid age"},
        {"claims": '{"id_token":{"age_over_18":null}}'},
        {"max_age": "1000"},
        {"claims": '{"id_token":{"auth_time":null}}'},
        {"prompt": "consent"},
    ],
)
async def test_an_age_a_time_or_prompt_consent_is_always_asked(
    provider: Provider, holder: Holder, more: dict[str, str]
):
    one, two = await family(provider, True, True)
    await one.log_in(holder.browser, remember=True, scope="openid age")
    assert (await two.ask(holder.browser, **more)).url.startswith(ASKED)


@pytest.mark.parametrize("at", [0, 1])
async def test_taking_back_at_any_of_them_takes_back_at_all(
    provider: Provider, holder: Holder, at: int
):
    services = await family(provider, True, True)
    tokens = [await one.tokens(holder.browser, remember=True) for one in services]
    page = (await holder.page(services[0])).text
    assert len(STATE.findall(page)) == 2
    assert "your yes there counts here too" in page
    action = f"/account/platforms/{page.split('/account/platforms/')[1].split('/')[0]}/withdraw"
    form = (await holder.page(services[0])).form(action)
    answer = await holder.browser.post(action, form | {"client": services[at].client_id})
    assert answer.status == 303
    for one, token in zip(services, tokens, strict=True):
        assert (await one.userinfo(token["access_token"])).status == 401
        assert (await one.ask(holder.browser)).url.startswith(ASKED)


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"platform": None}, "whose own service"),
        ({"token_endpoint_auth_method": "none"}, "authenticate"),
        ({"redirect_uris": ["http://localhost/callback"]}, "https"),
        ({"redirect_uris": ["https://shop.example/a", "http://127.0.0.1/b"]}, "https"),
        ({"redirect_uris": ["org.example.app:/callback"], "application_type": "native"}, "http"),
    ],
)
async def test_who_could_be_impersonated_is_nobodys_own_service(
    provider: Provider, metadata: dict[str, Any], why: str
):
    with pytest.raises(MetadataRefused, match=why):
        await provider.add_client(**{"first_party": True} | metadata)


@pytest.mark.parametrize("word", ["true", 1, "yes", None, [True]])
async def test_only_a_plain_true_makes_a_client_an_own_service(provider: Provider, word: object):
    try:
        registered = await provider.add_client(first_party=word)
    except MetadataRefused:
        return
    assert not registered.client.first_party
