"""A code that is used twice: the second use fails and takes back what the first one gave."""

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import VERIFIER, Platform
from tests.support.provider import Provider

REDEEMABLE = 60
ALIVE = 600


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9700 §4.5")
async def test_a_replayed_code_is_refused_and_revokes_what_it_gave(
    platform: Platform, visitor: Browser
):
    code = await platform.code(visitor)
    token = (await platform.redeem(code)).json()["access_token"]
    assert (await platform.userinfo(token)).status == 200

    replay = await platform.redeem(code)

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    refused = await platform.userinfo(token)
    assert (refused.status, refused.json()["error"]) == (401, "invalid_token")


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.parametrize("after", [REDEEMABLE - 1, REDEEMABLE, ALIVE - 1])
async def test_a_replay_long_after_the_first_use_still_revokes(
    provider: Provider, platform: Platform, visitor: Browser, after: int
):
    code = await platform.code(visitor)
    token = (await platform.redeem(code)).json()["access_token"]
    provider.clock.advance(after)
    assert (await platform.userinfo(token)).status == 200
    assert (await platform.redeem(code)).json()["error"] == "invalid_grant"
    assert (await platform.userinfo(token)).status == 401


async def test_a_replay_with_a_wrong_verifier_revokes_too(platform: Platform, visitor: Browser):
    code = await platform.code(visitor)
    token = (await platform.redeem(code)).json()["access_token"]
    await platform.redeem(code, code_verifier=VERIFIER[::-1])
    assert (await platform.userinfo(token)).status == 401


async def test_somebody_elses_replay_revokes_nothing(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Or anybody who saw a used code in a log could end the owner's sign-in."""
    evil = await Platform.register(provider)
    code = await platform.code(visitor)
    token = (await platform.redeem(code)).json()["access_token"]
    assert (await evil.redeem(code)).json()["error"] == "invalid_grant"
    assert (await platform.userinfo(token)).status == 200


async def test_a_replay_revokes_that_grant_only(platform: Platform, visitor: Browser):
    first, second = await platform.code(visitor), await platform.code(visitor)
    tokens = [(await platform.redeem(code)).json()["access_token"] for code in (first, second)]
    await platform.redeem(first)
    assert (await platform.userinfo(tokens[0])).status == 401
    assert (await platform.userinfo(tokens[1])).status == 200


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
async def test_a_code_dies_after_sixty_seconds(
    provider: Provider, platform: Platform, visitor: Browser
):
    early, late = await platform.code(visitor), await platform.code(visitor)
    provider.clock.advance(REDEEMABLE - 1)
    assert (await platform.redeem(early)).status == 200
    provider.clock.advance(1)
    answer = await platform.redeem(late)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert answer.json()["error_code"] == "code_expired"


async def test_a_code_that_failed_by_expiry_stays_dead(
    provider: Provider, platform: Platform, visitor: Browser
):
    code = await platform.code(visitor)
    provider.clock.advance(REDEEMABLE)
    for _ in range(2):
        assert (await platform.redeem(code)).json()["error"] == "invalid_grant"
