"""Back-channel logout: who hears of what, when, and what becomes of it when nobody answers."""

from collections.abc import Awaitable, Callable

import pytest

from idp.domain.person import SuspensionNotice
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.services.logouts import SPREAD_SECONDS
from idp.services.platforms import slug_of
from idp.services.suspensions import Suspensions
from idp.services.vault import Vault
from tests.support import passkeys
from tests.support.accounts import Somebody, somebody
from tests.support.authenticator import SoftAuthenticator
from tests.support.internet import Internet
from tests.support.leaving import AFTER, choose, logout_page
from tests.support.listening import everything_told, heard, listener, sid, visits
from tests.support.logins import Platform
from tests.support.loud_provider import internet, owner, provider, two
from tests.support.owner import Owner
from tests.support.provider import Provider

__all__ = ["internet", "owner", "provider", "two"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = 3600


async def sign_out(owner: Somebody) -> None:
    await choose(owner.browser, await owner.browser.get("/signout"))


async def end_one(owner: Somebody) -> None:
    for session in await owner.provider.services.sessions.of(owner.person_id):
        await owner.provider.services.sessions.end_one(owner.person_id, session.reference)


async def end_others(owner: Somebody) -> None:
    await owner.sign_in()
    newest, *_ = await owner.provider.services.sessions.of(owner.person_id)
    await owner.provider.services.sessions.end_others(newest)


async def end_all(owner: Somebody) -> None:
    await owner.provider.services.sessions.end_all(owner.person_id)


async def recover(owner: Somebody) -> None:
    """What ends sessions within a transaction of its own."""
    async with owner.provider.parts.database.transaction() as transaction:
        await owner.provider.services.sessions.end_every(transaction, owner.person_id)


async def close(owner: Somebody) -> None:
    await owner.provider.services.closing.close(owner.person_id)


async def suspend(owner: Somebody) -> None:
    parts, services = owner.provider.parts, owner.provider.services
    suspensions = Suspensions(
        vault=Vault(Sealer(parts.keystore.secret(SecretDomain.FIELD), parts.entropy)),
        activity=services.activity,
        clients=services.clients,
        pseudonyms=services.pseudonyms,
        sessions=services.sessions,
    )
    async with parts.database.transaction() as transaction:
        notice = SuspensionNotice("An order.", "A court", 0, "case")
        assert await suspensions.begin(transaction, owner.person_id, notice)


async def another_person_signs_in(owner: Somebody) -> None:
    stranger = await somebody(owner.provider)
    await stranger.sign_in(owner.browser)


ENDS: list[Callable[[Somebody], Awaitable[None]]] = [
    sign_out,
    end_one,
    end_others,
    end_all,
    recover,
    close,
    suspend,
    another_person_signs_in,
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.3")
async def test_whatever_ends_a_session_is_told_to_each_platform_once_by_its_own_sid(
    provider: Provider,
    internet: Internet,
    two: tuple[Platform, Platform],
    owner: Somebody,
    end: Callable[[Somebody], Awaitable[None]],
):
    known = [await sid(platform, owner.browser) for platform in two]
    await end(owner)
    assert await everything_told(provider) == []
    for platform, its_own in zip(two, known, strict=True):
        assert [told["sid"] for told in heard(provider, internet, platform)] == [its_own]
    await everything_told(provider)
    assert len(internet.asked) == 2


async def test_a_removed_passkey_is_told_where_its_sessions_were(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform]
):
    first, second = SoftAuthenticator(), SoftAuthenticator()
    browser, elsewhere = provider.browser(), provider.browser()
    keeper = Owner(provider, browser, await passkeys.enrol(provider, browser, first))
    await keeper.add(second)
    await keeper.sign_in(elsewhere, second)
    await sid(two[0], browser)
    known = await sid(two[1], elsewhere)
    await keeper.act("remove", (await keeper.ids())[1])
    await everything_told(provider)
    assert heard(provider, internet, two[0]) == []
    assert [told["sid"] for told in heard(provider, internet, two[1])] == [known]


async def test_a_suspended_person_stays_signed_in_here_and_platforms_hear_no_reason(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    """Promise P6."""
    await sid(two[0], owner.browser)
    await suspend(owner)
    await everything_told(provider)
    (told,) = heard(provider, internet, two[0])
    assert told.keys() == {"iss", "aud", "iat", "exp", "jti", "events", "sid"}
    assert await visits(provider, owner.browser) == ()
    await sign_out(owner)
    await everything_told(provider)
    assert len(internet.asked) == 1


async def test_taking_back_and_renewing_are_told_to_that_platform_alone(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    one, other = two
    first, second = [await sid(platform, owner.browser) for platform in two]
    platforms, slug = provider.services.platforms, slug_of(one.registered.client.sector)
    await platforms.withdraw(owner.person_id, slug, one.client_id)
    again = await sid(one, owner.browser)
    cookie = next(v for k, v in owner.browser.cookies.items() if k.endswith("session"))
    account = await provider.services.sessions.find(cookie)
    assert account is not None
    await platforms.renew(account, slug)
    await everything_told(provider)
    assert {told["sid"] for told in heard(provider, internet, one)} == {first, again}
    assert heard(provider, internet, other) == []
    assert {visit.sid for visit in await visits(provider, owner.browser)} == {second}


async def test_who_signs_in_once_more_is_signed_out_nowhere(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    known = await sid(two[0], owner.browser)
    await owner.sign_in(owner.browser)
    assert await sid(two[0], owner.browser) == known
    await sign_out(owner)
    await everything_told(provider)
    assert [told["sid"] for told in heard(provider, internet, two[0])] == [known]


async def test_a_session_that_time_has_ended_is_not_told_and_its_sid_is_not_used_again(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    known = await sid(two[0], owner.browser)
    provider.clock.advance(HOUR)
    await owner.sign_in(owner.browser)
    assert await sid(two[0], owner.browser) != known
    await everything_told(provider)
    assert internet.asked == []


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_who_asked_hears_at_once_and_the_others_each_at_a_time_of_their_own(
    provider: Provider, internet: Internet, owner: Somebody
):
    back = {"post_logout_redirect_uris": [AFTER]}
    asker = await listener(provider, internet, **back)
    others = [await listener(provider, internet) for _ in range(12)]
    tokens = await asker.tokens(owner.browser)
    for platform in others:
        await sid(platform, owner.browser)
    page = await logout_page(
        owner.browser, tokens["id_token"], post_logout_redirect_uri=AFTER, client_id=asker.client_id
    )
    assert (await choose(owner.browser, page)).location == AFTER
    await provider.services.logouts.deliver()
    assert len(heard(provider, internet, asker)) == 1
    assert len(internet.asked) <= 3  # whoever drew no delay at all
    for _ in range(SPREAD_SECONDS):
        provider.clock.advance(1)
        await provider.services.logouts.deliver()
    times = [heard(provider, internet, platform)[0]["iat"] for platform in others]
    assert len(times) == 12
    assert len(set(times)) >= 9
    assert max(times) - min(times) > SPREAD_SECONDS // 3


async def test_everywhere_now_ends_all_sessions_and_all_hear_at_once(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    elsewhere = await owner.sign_in()
    await sid(two[0], owner.browser)
    await sid(two[1], elsewhere)
    page = await choose(owner.browser, await owner.browser.get("/signout"), "everywhere")
    await provider.services.logouts.deliver()
    assert len(internet.asked) == 2
    assert not await owner.signed_in(elsewhere)
    shown = await owner.browser.follow(page)
    assert "in all your browsers" in shown.text


async def test_the_pages_name_who_hears_and_a_history_does_not(
    provider: Provider, internet: Internet, owner: Somebody
):
    told = await listener(provider, internet, client_name="The Listener")
    deaf = await Platform.register(provider, client_name="The Deaf")
    for platform in (told, deaf):
        await platform.log_in(owner.browser)
    page = await owner.browser.get("/signout")
    assert "<li><bdi>The Listener</bdi></li>" in page.text
    assert "The Deaf" not in page.text
    answer = await choose(owner.browser, page)
    done = await owner.browser.follow(answer)
    assert "<li><bdi>The Listener</bdi></li>" in done.text
    assert "The Listener" not in (await provider.browser().get(answer.location)).text
    provider.clock.advance(301)
    assert "The Listener" not in (await owner.browser.get(answer.location)).text
    await everything_told(provider)


async def test_the_history_says_that_one_signed_out(owner: Somebody):
    await owner.sign_in()
    await sign_out(owner)
    await owner.sign_in(owner.browser)
    page = await owner.browser.get("/account/activity")
    assert 'data-testid="event-signed_out"' in page.text
