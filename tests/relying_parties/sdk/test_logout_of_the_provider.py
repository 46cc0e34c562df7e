"""The SDK verifies what the provider itself sends when a session ends."""

import httpx2
import network_id as sdk
import pytest

from tests.support.accounts import Somebody
from tests.support.internet import Internet
from tests.support.listening import everything_told, listener, sid
from tests.support.logins import Platform
from tests.support.loud_provider import internet, owner, provider, two
from tests.support.provider import Provider

__all__ = ["internet", "owner", "provider", "two"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def discovered(provider: Provider, platform: Platform) -> sdk.Platform:
    return await sdk.discover(
        provider.issuer,
        platform.client_id,
        platform.secret,
        platform.redirect_uri,
        sdk.Options(clock=provider.clock.now, transport=httpx2.ASGITransport(app=provider.app)),
    )


def sent_to(internet: Internet, platform: Platform) -> list[str]:
    url = platform.registered.client.backchannel_logout_uri
    return [asked.form["logout_token"] for asked in internet.asked if asked.url == url]


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.6")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
async def test_what_the_provider_sends_is_verified_and_works_once(
    provider: Provider, internet: Internet, owner: Somebody, alg: str
) -> None:
    registered = await listener(provider, internet, id_token_signed_response_alg=alg)
    platform = await discovered(provider, registered)
    known = await sid(registered, owner.browser)
    await provider.services.sessions.end_all(owner.person_id)
    await everything_told(provider)
    (token,) = sent_to(internet, registered)
    logout = await platform.verify_logout(token)
    assert (logout.sid, logout.network_id) == (known, None)
    assert logout.ends(network_id="whoever it was", sid=known)
    with pytest.raises(sdk.LogoutReplayedError):
        await platform.verify_logout(token)


async def test_what_another_platform_was_sent_is_refused(
    provider: Provider, internet: Internet, owner: Somebody, two: tuple[Platform, Platform]
) -> None:
    ours = await discovered(provider, two[0])
    for registered in two:
        await sid(registered, owner.browser)
    await provider.services.sessions.end_all(owner.person_id)
    await everything_told(provider)
    (token,) = sent_to(internet, two[1])
    with pytest.raises(sdk.AudienceError):
        await ours.verify_logout(token)


async def test_an_id_token_of_the_provider_is_no_logout_token(
    provider: Provider, owner: Somebody, two: tuple[Platform, Platform]
) -> None:
    platform = await discovered(provider, two[0])
    answer = await two[0].tokens(owner.browser)
    with pytest.raises(sdk.TokenTypeError):
        await platform.verify_logout(answer["id_token"])
