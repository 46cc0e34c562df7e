"""The sender of logout tokens: what it sends, and what it does when nobody answers."""

import asyncio

import pytest

from idp.domain.sealing import SealBroken
from idp.domain.session import Visit
from idp.services.logouts import SPREAD_SECONDS
from idp.storage import logouts
from tests.support.accounts import Somebody
from tests.support.internet import Internet, Page
from tests.support.jwt import parts
from tests.support.listening import everything_told, heard, listener, sid
from tests.support.logins import Platform
from tests.support.loud_provider import internet, owner, provider, two
from tests.support.provider import Provider

__all__ = ["internet", "owner", "provider", "two"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = 3600


async def leave(owner: Somebody) -> None:
    await owner.provider.services.sessions.end_all(owner.person_id)


@pytest.mark.spec(
    "OpenID Connect Back-Channel Logout 1.0 §2.4", "OpenID Connect Back-Channel Logout 1.0 §2.5"
)
async def test_a_logout_token_is_as_the_standard_says_and_names_nobody(
    provider: Provider, internet: Internet, owner: Somebody
):
    for alg in ("RS256", "ES256"):
        platform = await listener(provider, internet, id_token_signed_response_alg=alg)
        known = await sid(platform, owner.browser)
        provider.clock.advance(1)
        await leave(owner)
        await owner.sign_in(owner.browser)
        await everything_told(provider)
        sent = next(one for one in internet.asked if one.url.startswith("https://listener"))
        assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
        header, claims = parts(sent.form["logout_token"])
        internet.asked.clear()
        assert (header["typ"], header["alg"]) == ("logout+jwt", alg)
        assert claims.pop("jti")
        now = provider.clock.now()  # of the sending, not of the end
        assert claims == {
            "iss": provider.issuer,
            "aud": platform.client_id,
            "iat": now,
            "exp": now + 120,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sid": known,
        }


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.8")
@pytest.mark.parametrize(
    ("status", "tries"),
    [(200, 1), (204, 1), (400, 1), (404, 2), (429, 2), (500, 2), (504, 2), (302, 2)],
)
async def test_it_is_tried_again_where_that_may_help(
    provider: Provider, internet: Internet, owner: Somebody, status: int, tries: int
):
    platform = await listener(provider, internet)
    url = platform.registered.client.backchannel_logout_uri or ""
    await sid(platform, owner.browser)
    await leave(owner)
    internet.answer(url, Page(status=status, headers={"location": "https://127.0.0.1/"}))
    failed = await everything_told(provider)
    assert failed == ([platform.client_id] if tries > 1 else [])
    internet.serve(url)
    provider.clock.advance(61)
    assert await provider.services.logouts.deliver() == []
    assert len(internet.asked) == tries
    ids = [told["jti"] for told in heard(provider, internet, platform)]
    assert len(set(ids)) == tries


async def test_who_never_answers_is_given_up_after_some_hours_and_holds_nobody_up(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    down, up = two
    internet.down.add((down.registered.client.backchannel_logout_uri or "").split("/")[2])
    for _ in range(3):
        for platform in two:
            await sid(platform, owner.browser)
        await leave(owner)
        await owner.sign_in(owner.browser)
    assert await everything_told(provider) == [down.client_id]
    assert len(heard(provider, internet, up)) == 3
    assert len(heard(provider, internet, down)) == 1  # the others wait without being tried
    for _ in range(40):
        provider.clock.advance(HOUR)
        await provider.services.logouts.deliver()
    tried = len(internet.asked)
    assert tried < 3 + 3 * 7
    provider.clock.advance(24 * HOUR)
    assert await provider.services.logouts.deliver() == []
    assert len(internet.asked) == tried


async def test_a_platform_that_was_removed_is_not_told_and_nothing_is_left(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform], owner: Somebody
):
    await sid(two[0], owner.browser)
    await leave(owner)
    await provider.services.clients.remove(two[0].client_id)
    assert await everything_told(provider) == []
    assert internet.asked == []


async def test_two_senders_tell_one_thing_once(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform]
):
    visits = [Visit(platform.client_id, f"sid {n}") for platform in two for n in range(5)]
    async with provider.parts.database.transaction() as transaction:
        await provider.services.logouts.put(transaction, visits)
    provider.clock.advance(SPREAD_SECONDS)
    await asyncio.gather(*(provider.services.logouts.deliver() for _ in range(3)))
    assert len(internet.asked) == 10


async def test_what_is_not_committed_is_not_told(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform]
):
    async def stopped() -> None:
        async with provider.parts.database.transaction() as transaction:
            await provider.services.logouts.put(transaction, [Visit(two[0].client_id, "sid")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await stopped()
    await everything_told(provider)
    assert internet.asked == []


async def test_a_row_that_does_not_open_holds_nobody_up_and_leaves(
    provider: Provider, internet: Internet, two: tuple[Platform, Platform]
):
    """Moved there from another row, say."""
    database, now = provider.parts.database, provider.clock.now()
    await logouts.add(database, row_id=b"0" * 16, facts_sealed=b"moved here", due_at=now)
    async with database.transaction() as transaction:
        visits = [Visit(two[0].client_id, "sid")]
        await provider.services.logouts.put(transaction, visits, at_once=[two[0].client_id])
    for _ in range(7):
        with pytest.raises(SealBroken):
            await provider.services.logouts.deliver()
        provider.clock.advance(8 * HOUR)
    assert len(internet.asked) == 1
    assert await provider.services.logouts.deliver() == []
