"""Two servers whose clocks are ten seconds apart, on one database: nobody is refused for that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.domain.clock import NODE_SKEW_SECONDS
from idp.services import housekeeping
from tests.support import assertions, refreshing
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.refreshing import GRACE, refused
from tests.support.time import SeededEntropy


@dataclass(frozen=True)
class Two:
    """The server whose clock is behind, and the one whose clock is ahead."""

    behind: Provider
    ahead: Provider

    def at(self, node: Provider, platform: Platform) -> Platform:
        """The same client at another server."""
        return Platform(node, platform.registered, platform.redirect_uri)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        running(tmp_path) as behind,
        running(tmp_path, keystore=behind.parts.keystore, entropy=SeededEntropy(2)) as ahead,
    ):
        ahead.clock.advance(NODE_SKEW_SECONDS)
        yield Two(behind, ahead)


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize("request_names", [{"prompt": "login"}, {"max_age": "5"}])
async def test_a_sign_in_at_a_server_whose_clock_is_behind_counts_for_what_began_ahead_of_it(
    two: Two, request_names: dict[str, str]
):
    platform = await Platform.register(two.ahead)
    browser = two.ahead.browser()
    await platform.log_in(browser, remember=True, **request_names)
    two.behind.clock.advance(60)
    two.ahead.clock.advance(60)
    page = await platform.ask(browser, **request_names)
    assert "/signin?" in page.url
    there = Browser(two.behind.app, cookies=browser.cookies)
    answer = await platform.choose_persona(there, page, "adult")
    assert "code" in answer.location_query


async def test_a_sign_in_is_fresh_at_a_server_whose_clock_is_behind(two: Two):
    browser = two.ahead.browser()
    await two.ahead.sign_in(browser)
    there = Browser(two.behind.app, cookies=browser.cookies)
    assert (await there.get("/account/passkeys/add")).status == 200


@pytest.mark.spec("RFC 9700 §4.14.2")
async def test_a_token_replaced_by_a_server_whose_clock_is_behind_is_honoured_as_long(two: Two):
    platform = await refreshing.register(two.behind)
    connection = await refreshing.connect(platform, two.behind.browser())
    first = connection.live
    await connection.refresh()
    two.ahead.clock.advance(GRACE - NODE_SKEW_SECONDS - 1)
    again = await two.at(two.ahead, platform).refresh(first)
    assert again.json()["refresh_token"] == connection.live
    two.ahead.clock.advance(1)
    assert refused(await two.at(two.ahead, platform).refresh(first)) == "refresh_token_reused"


async def test_without_a_grace_time_there_is_none_however_far_clocks_are_apart(tmp_path: Path):
    async with running(tmp_path, refresh_grace_seconds=0) as provider:
        platform = await refreshing.register(provider)
        connection = await refreshing.connect(platform, provider.browser())
        await connection.refresh()
        again = await platform.refresh(connection.refresh_tokens[0])
        assert refused(again) == "refresh_token_reused"


async def test_what_a_server_ahead_sweeps_away_is_dead_for_one_behind_too(two: Two):
    """A code of the last moment, redeemed in its last second: the token lives all its time."""
    platform = await Platform.register(two.behind)
    browser = two.behind.browser()
    # So that the rounded end of the grant is the exact one.
    step = 600 - (two.behind.clock.now() + 60) % 600
    two.behind.clock.advance(step)
    two.ahead.clock.advance(step)
    code = await platform.code(browser)
    two.behind.clock.advance(59)
    two.ahead.clock.advance(59)
    token = (await platform.redeem(code)).json()["access_token"]
    two.behind.clock.advance(599)
    two.ahead.clock.advance(599)
    await housekeeping.prune(two.ahead.parts.database, two.ahead.clock)
    assert (await platform.userinfo(token)).status == 200


@pytest.mark.spec("RFC 7523 §3")
async def test_an_assertion_that_lives_for_an_hour_is_taken_by_a_server_whose_clock_is_behind(
    two: Two,
):
    platform = await assertions.register(two.behind)
    client = two.behind.clock.now() + NODE_SKEW_SECONDS // 2
    for node in (two.behind, two.ahead):
        there = two.at(node, platform)
        proof = assertions.assertion(platform, iat=client, exp=client + 3600)
        answer = await there.at_token_endpoint(assertions.with_assertion(there, proof))
        assert answer.json()["error"] == "invalid_grant"  # of the code, which is invented
