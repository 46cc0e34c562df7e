"""Giving tokens back (RFC 7009): one's own, at once, with all that hangs on them."""

import pytest

from idp.domain.activity import Happened
from tests.support import refreshing
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.platforms import Holder
from tests.support.provider import Provider
from tests.support.refreshing import Connection, connect
from tests.support.shared_provider import dump

HINTS = [None, "access_token", "refresh_token", "something else"]


@pytest.fixture
async def connection(provider: Provider, visitor: Browser) -> Connection:
    return await connect(await refreshing.register(provider), visitor)


@pytest.mark.spec("RFC 7009 §2.1", "RFC 7009 §2.2")
@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_token_given_back_ends_its_grant_at_once(
    connection: Connection, kind: str, hint: str | None
):
    assert await connection.is_honoured()
    for _ in range(2):  # and again: it is gone, which is what was asked for
        answer = await connection.platform.revoke(connection.answer[kind], token_type_hint=hint)
        assert (answer.status, answer.text) == (200, "")
        assert answer.headers["cache-control"] == "no-store"
    assert not await connection.is_honoured()
    assert not await connection.is_alive()


async def test_an_ordinary_login_is_given_back_by_its_access_token(
    platform: Platform, visitor: Browser
):
    tokens, others = [await platform.tokens(visitor) for _ in range(2)]
    assert (await platform.revoke(tokens["access_token"])).status == 200
    assert (await platform.userinfo(tokens["access_token"])).status == 401
    assert (await platform.userinfo(others["access_token"])).status == 200


async def test_a_replaced_token_is_still_good_to_end_its_chain(
    provider: Provider, connection: Connection
):
    await connection.refresh()
    provider.clock.advance(3600)
    assert (await connection.platform.revoke(connection.refresh_tokens[0])).status == 200
    assert not await connection.is_alive()


async def test_a_connection_given_up_stands_in_the_persons_history_once(
    provider: Provider, connection: Connection, visitor: Browser
):
    await connection.platform.revoke(connection.access_token)
    await connection.platform.revoke(connection.live)
    happened = await Holder(provider, visitor).happened(connection.platform)
    assert happened.count(Happened.CONNECTION_ENDED) == 1


@pytest.mark.spec("RFC 7009 §2.1")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
async def test_nobody_gives_back_what_is_not_theirs(
    provider: Provider, connection: Connection, kind: str, method: str
):
    evil = await Platform.register(provider, token_endpoint_auth_method=method)
    answer = await evil.revoke(connection.answer[kind])
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert await connection.is_honoured()
    assert await connection.is_alive()


@pytest.mark.spec("RFC 7009 §2.2")
async def test_what_is_no_token_of_ours_changes_nothing_and_is_no_error(
    provider: Provider, connection: Connection
):
    platform, token = connection.platform, connection.access_token
    texts = ["x", "x" * 70, "x.y.z", "名", "A" * 20_000, connection.live.lower()]
    texts += [token[:end] for end in range(1, len(token), 9)] + [token + "A", token[::-1]]
    before = dump(provider)
    for text in texts:
        assert (await platform.revoke(text)).status == 200
    provider.clock.advance(600)  # expired, it is none any more
    assert (await platform.revoke(token)).status == 200
    assert dump(provider) == before
    assert await connection.is_alive()


@pytest.mark.spec("RFC 7009 §2.2.1")
async def test_an_id_token_cannot_be_given_back_and_the_client_is_told(connection: Connection):
    answer = await connection.platform.revoke(connection.answer["id_token"])
    assert (answer.status, answer.json()["error"]) == (400, "unsupported_token_type")
    assert await connection.is_honoured()


@pytest.mark.spec("RFC 7009 §2.1", "RFC 6749 §2.3")
async def test_only_a_client_that_proves_itself_gives_anything_back(connection: Connection):
    platform = connection.platform
    browser = platform.provider.browser()
    for form in ({}, {"client_id": platform.client_id}):
        answer = await browser.post("/revoke", {"token": connection.live} | form)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert await connection.is_alive()


async def test_a_request_without_a_token_is_told_so(platform: Platform):
    answer = await platform.revoke("")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.spec("RFC 7009 §2.3")
async def test_scripts_of_every_origin_may_give_tokens_back(
    connection: Connection, provider: Provider
):
    platform, browser = connection.platform, provider.browser()
    answers = [
        await platform.revoke(connection.live),
        await browser.post("/revoke", {"token": "x"}),
    ]
    preflight = await browser.send("OPTIONS", "/revoke")
    assert preflight.status == 204
    for answer in [*answers, preflight]:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


async def test_it_takes_post_alone(provider: Provider):
    answer = await provider.browser().get("/revoke?token=x")
    assert answer.status == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
