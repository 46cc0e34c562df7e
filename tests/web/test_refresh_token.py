"""Staying connected: asked for, allowed, refreshed, narrowed, ended by time (RFC 6749 §6)."""

from pathlib import Path

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from tests.support import refreshing
from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.refreshing import OFFLINE, connect, refused

SHOWN = 'data-testid="value-offline_access"'


@pytest.fixture
async def refresher(provider: Provider) -> Platform:
    return await refreshing.register(provider)


@pytest.mark.spec("OpenID Connect Core 1.0 §11")
@pytest.mark.parametrize("kind", ["web", "native"])
async def test_staying_connected_is_shown_and_allowed_before_there_is_a_refresh_token(
    provider: Provider, visitor: Browser, kind: str
):
    platform = await refreshing.register(provider, application_type=kind)
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, scope=OFFLINE)
    assert page.url.startswith("/consent?")
    assert SHOWN in page.text
    assert page.text.count('class="tag">new</span>') == 1
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    tokens = (await platform.redeem(code)).json()
    assert tokens["scope"] == "offline_access openid"
    assert (await platform.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.spec("OpenID Connect Core 1.0 §11")
async def test_a_remembered_yes_to_staying_connected_needs_no_second_page(
    refresher: Platform, visitor: Browser
):
    await connect(refresher, visitor, remember=True)
    answer = await visitor.get(refresher.address(scope=OFFLINE, prompt="none"))
    tokens = (await refresher.redeem(answer.location_query["code"])).json()
    assert "refresh_token" in tokens
    page = await refresher.ask(visitor, scope=OFFLINE, prompt="consent")
    assert SHOWN in page.text


async def test_without_asking_there_is_none_although_it_was_allowed(
    refresher: Platform, visitor: Browser
):
    await connect(refresher, visitor, remember=True)
    page = await refresher.ask(visitor, prompt="consent")
    assert SHOWN not in page.text
    assert "refresh_token" not in await refresher.tokens(visitor)


@pytest.mark.spec("OpenID Connect Core 1.0 §11")
async def test_a_client_that_did_not_register_for_it_asks_in_vain(
    platform: Platform, visitor: Browser
):
    page = await platform.choose_persona(
        visitor, await platform.ask(visitor, scope=OFFLINE), "adult"
    )
    assert SHOWN not in page.text
    tokens = await platform.tokens(visitor, scope=OFFLINE)
    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid"


async def test_a_grant_type_that_was_not_registered_is_refused(
    refresher: Platform, platform: Platform, visitor: Browser
):
    connection = await connect(refresher, visitor)
    answer = await platform.refresh(connection.live)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.spec("RFC 6749 §6", "OpenID Connect Core 1.0 §12.1", "OpenID Connect Core 1.0 §12.2")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_a_refresh_gives_what_the_sign_in_gave_again(
    provider: Provider, visitor: Browser, method: str
):
    platform = await refreshing.register(
        provider,
        token_endpoint_auth_method=method,
        backchannel_logout_uri="https://shop.example/logout",
    )
    connection = await connect(platform, visitor, max_age="100000", nonce="of the sign-in")
    first, before = parts(connection.answer["id_token"])[1], connection.answer
    provider.clock.advance(3600)
    after = await connection.refresh()
    second = parts(after["id_token"])[1]
    for name in ("iss", "sub", "aud", "auth_time", "acr", "sid"):
        assert second[name] == first[name]
    assert first["nonce"] == "of the sign-in"
    assert "nonce" not in second
    assert second["iat"] == first["iat"] + 3600
    assert second["at_hash"] != first["at_hash"]
    assert after["refresh_token"] != before["refresh_token"]
    assert (after["token_type"], after["expires_in"]) == ("Bearer", 600)
    assert await connection.is_honoured(after)


@pytest.mark.spec("RFC 6749 §6")
async def test_a_narrower_scope_narrows_the_access_token_and_not_the_chain(
    refresher: Platform, visitor: Browser
):
    connection = await connect(refresher, visitor, scope=f"{OFFLINE} age")
    narrow = await connection.refresh(scope="openid")
    assert narrow["scope"] == "offline_access openid"
    assert (await refresher.userinfo(narrow["access_token"])).json().keys() == {"sub"}
    whole = await connection.refresh()
    assert whole["scope"] == "age offline_access openid"
    assert "age_over_18" in (await refresher.userinfo(whole["access_token"])).json()


@pytest.mark.spec("RFC 6749 §6")
@pytest.mark.parametrize("scope", ["openid age", "openid profile", "OPENID", "offline_access"])
async def test_a_wider_scope_is_refused_and_uses_nothing_up(
    refresher: Platform, visitor: Browser, scope: str
):
    connection = await connect(refresher, visitor)
    answer = await refresher.refresh(connection.live, scope=scope)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")
    await connection.refresh()


async def test_ages_are_those_of_the_day(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await refreshing.register(provider)
        claims = '{"id_token":{"age_over_16":null},"userinfo":{"age_over_16":null}}'
        connection = await connect(
            platform, provider.browser(), "minor", claims=claims, remember=True
        )
        assert parts(connection.answer["id_token"])[1]["age_over_16"] is False
        for _ in range(8):  # the minor is fifteen and a half
            provider.clock.advance(29 * SECONDS_PER_DAY)
            answer = await connection.refresh()
        assert parts(answer["id_token"])[1]["age_over_16"] is True
        assert (await platform.userinfo(answer["access_token"])).json()["age_over_16"] is True


async def test_it_ends_when_it_is_not_used(tmp_path: Path):
    async with running(tmp_path, refresh_idle_days=10, refresh_days=25) as provider:
        platform = await refreshing.register(provider)
        used, unused = [
            await connect(platform, provider.browser(), persona) for persona in ("adult", "elder")
        ]
        for _ in range(2):
            provider.clock.advance(10 * SECONDS_PER_DAY)
            await used.refresh()
        assert refused(await platform.refresh(unused.live)) == "refresh_token_expired"
        provider.clock.advance(5 * SECONDS_PER_DAY)
        assert refused(await platform.refresh(used.live)) == "refresh_token_expired"
        assert not await used.is_honoured()


async def test_it_never_lives_longer_than_the_remembered_yes_that_it_stands_on(tmp_path: Path):
    async with running(tmp_path, refresh_idle_days=365) as provider:
        platform = await refreshing.register(provider)
        browser = provider.browser()
        await connect(platform, browser, remember=True)
        provider.clock.advance(360 * SECONDS_PER_DAY)
        browser = provider.browser()
        await provider.sign_in(browser)
        connection = await connect(platform, browser)
        provider.clock.advance(4 * SECONDS_PER_DAY)
        await connection.refresh()
        provider.clock.advance(SECONDS_PER_DAY)
        assert not await connection.is_alive()


@pytest.mark.parametrize("missing", ["refresh_token", "grant_type"])
async def test_what_is_missing_is_named(refresher: Platform, missing: str):
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    del form[missing]
    answer = await refresher.as_client("/token", form)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert missing in answer.json()["error_description"]
