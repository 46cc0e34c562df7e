"""A client that is removed and comes back by its id on another platform, once and once more.

What people gave it before stays theirs to see and to take back (promise P5).
"""

import pytest

from idp.services.platforms import slug_of
from tests.support import refreshing
from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.refreshing import Connection
from tests.support.shared_provider import dump

ONCE, TWICE = ("two",), ("two", "three")


async def moved(platform: Platform, to: str) -> Platform:
    """Remove the client, and register one by its id on another platform, as an operator may."""
    provider, client_id = platform.provider, platform.client_id
    document = platform.registered.document | {"platform": to}
    assert await provider.services.clients.remove(client_id)
    again = await provider.services.clients.add(document, client_id=client_id)
    return Platform(provider, again)


async def connected(provider: Provider, owner: Somebody) -> Connection:
    first = await refreshing.register(provider, platform="one")
    return await refreshing.connect(first, owner.browser, remember=True)


def kept(provider: Provider) -> list[int]:
    tables = dump(provider)
    return [len(tables[f"provider.{name}"]) for name in ("pseudonyms", "consents", "grants")]


async def refusal(platform: Platform, connection: Connection) -> str:
    return refreshing.refused(await platform.refresh(connection.live))


@pytest.mark.parametrize("ways", [ONCE, TWICE])
async def test_what_it_was_given_before_is_seen_and_ends_where_it_was_given(
    provider: Provider, ways: tuple[str, ...]
):
    owner, platforms = await somebody(provider), provider.services.platforms
    connection = await connected(provider, owner)
    platform = connection.platform
    for name in ways:
        platform = await moved(platform, name)
    assert (await platform.refresh(connection.live)).status == 200
    there = await platforms.one(owner.person_id, slug_of("platform:one"))
    assert [(one.client_id, one.has_tokens) for one in there.services] == [
        (platform.client_id, True)
    ]
    await platforms.withdraw(owner.person_id, there.slug, platform.client_id)
    assert await refusal(platform, connection) == "refresh_token_revoked"


@pytest.mark.parametrize("ways", [ONCE, TWICE])
async def test_taking_back_from_it_where_it_is_now_ends_what_it_was_given_before(
    provider: Provider, ways: tuple[str, ...]
):
    owner, platforms = await somebody(provider), provider.services.platforms
    connection = await connected(provider, owner)
    platform = connection.platform
    for name in ways:
        platform = await moved(platform, name)
        await platform.tokens(owner.browser, scope="openid", prompt="consent")
    here = await platforms.one(owner.person_id, slug_of(f"platform:{ways[-1]}"))
    assert len(here.service(platform.client_id).stays) == 1
    await platforms.withdraw(owner.person_id, here.slug, platform.client_id)
    assert await refusal(platform, connection) == "refresh_token_revoked"


@pytest.mark.parametrize("ways", [ONCE, TWICE])
async def test_an_account_that_closes_leaves_nothing_where_it_was_before(
    provider: Provider, ways: tuple[str, ...]
):
    before = kept(provider)
    owner = await somebody(provider)
    connection = await connected(provider, owner)
    platform = connection.platform
    for name in ways:
        platform = await moved(platform, name)
    assert kept(provider) == [count + 1 for count in before]
    await provider.services.closing.close(owner.person_id)
    assert kept(provider) == before
