"""A person's platforms, as the service tells them: sectors, services, shared consents, receipts."""

import pytest

from idp.domain.activity import Happened
from idp.domain.client import Client
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.consent import CONSENT_DAYS
from idp.domain.refusal import Cause, Refusal
from idp.domain.resource import Catalogue
from idp.services.platforms import Platform, slug_of
from tests.support.provider import Provider

PERSON, NEIGHBOUR = b"p" * 16, b"n" * 16
OPENID = frozenset({"openid"})


async def a_client(provider: Provider, platform: str, **metadata: object) -> Client:
    return (await provider.add_client(platform=platform, **metadata)).client


async def allow(
    provider: Provider, client: Client, person: bytes = PERSON, *, remember: bool = True
) -> None:
    """What a login leaves behind, but for its grant."""
    services = provider.services
    async with provider.parts.database.transaction() as transaction:
        await services.pseudonyms.find_or_draw(transaction, client.sector, person)
        if remember:
            await services.consents.remember(
                transaction, client, person, OPENID, record="r", version=1
            )
        await services.activity.note(
            transaction,
            person,
            Happened.PLATFORM_ALLOWED,
            sector=client.sector,
            client_id=client.client_id,
            items="openid",
            record="r",
        )
    provider.clock.advance(1)


async def only(provider: Provider, person: bytes = PERSON) -> Platform:
    (found,) = await provider.services.platforms.everyone(person)
    return found


async def test_the_platform_used_last_comes_first(provider: Provider):
    for name in ("shop", "forum", "clinic"):
        await allow(provider, await a_client(provider, name))
    found = await provider.services.platforms.everyone(PERSON)
    assert [one.pseudonym.sector for one in found] == [
        *("platform:clinic", "platform:forum", "platform:shop")
    ]
    assert [one.slug for one in found] == [slug_of(one.pseudonym.sector) for one in found]


async def test_two_clients_of_one_platform_are_one_platform_with_one_network_id(
    provider: Provider,
):
    one, two = [await a_client(provider, "shop") for _ in range(2)]
    await allow(provider, one)
    platform = await only(provider)
    assert [platform.service(c.client_id).is_concerned for c in (one, two)] == [True, False]


async def test_a_person_has_no_platform_of_a_neighbour(provider: Provider):
    client = await a_client(provider, "shop")
    await allow(provider, client, NEIGHBOUR)
    assert await provider.services.platforms.everyone(PERSON) == []
    for act in (
        provider.services.platforms.one(PERSON, slug_of(client.sector)),
        provider.services.platforms.withdraw(PERSON, slug_of(client.sector), client.client_id),
    ):
        with pytest.raises(Refusal) as refused:
            await act
        assert refused.value.cause is Cause.NOT_FOUND
    assert (await only(provider, NEIGHBOUR)).services[0].consent is not None


async def test_a_consent_that_has_ended_counts_no_more_though_it_is_stored(provider: Provider):
    client = await a_client(provider, "shop")
    await allow(provider, client)
    provider.clock.advance(CONSENT_DAYS * SECONDS_PER_DAY)
    (service,) = (await only(provider)).services
    assert service.consent is None
    assert not service.may_be_withdrawn


async def test_a_client_that_left_and_came_back_is_there_once(provider: Provider):
    client = await a_client(provider, "shop")
    await allow(provider, client)
    await provider.services.clients.remove(client.client_id)
    assert (await only(provider)).has_left
    await provider.services.clients.add(
        {
            "client_name": "Corner Shop",
            "platform": "shop",
            "purpose": "The same.",
            "alternative": "The same.",
            "redirect_uris": ["https://shop.example/callback"],
        },
        client_id=client.client_id,
    )
    platform = await only(provider)
    assert not platform.has_left
    assert len(platform.services) == 1


async def test_an_own_service_says_whose_consent_counts_there(provider: Provider):
    one, two = [await a_client(provider, "shop", first_party=True) for _ in range(2)]
    ordinary = await a_client(provider, "shop")
    await allow(provider, one)
    platform = await only(provider)
    by = [platform.service(c.client_id).by for c in (one, two, ordinary)]
    assert by == [None, one.client_id, None]


async def test_taking_back_an_own_service_leaves_the_platforms_ordinary_clients(
    provider: Provider,
):
    own, sister = [await a_client(provider, "shop", first_party=True) for _ in range(2)]
    ordinary = await a_client(provider, "shop")
    for client in (own, sister, ordinary):
        await allow(provider, client)
    await provider.services.platforms.withdraw(PERSON, slug_of(own.sector), sister.client_id)
    platform = await only(provider)
    remembered = [platform.service(c.client_id).consent for c in (own, sister, ordinary)]
    assert [consent is not None for consent in remembered] == [False, False, True]


async def test_the_last_yes_is_the_remembered_one_and_else_the_newest(provider: Provider):
    client = await a_client(provider, "shop")
    await allow(provider, client, remember=False)
    first = (await only(provider)).services[0].last_yes
    assert first is not None
    assert first.until_day is None
    await allow(provider, client)
    second = (await only(provider)).services[0].last_yes
    assert second is not None
    assert second.until_day is not None
    assert second.given_at > first.given_at


async def test_cleared_activity_leaves_a_platform_with_its_network_id_alone(provider: Provider):
    client = await a_client(provider, "shop")
    await allow(provider, client, remember=False)
    async with provider.parts.database.transaction() as transaction:
        await provider.services.activity.clear(transaction, PERSON, [client.sector])
    platform = await only(provider)
    assert platform.last_used is None
    assert platform.services[0].last_yes is None
    with pytest.raises(Refusal) as refused:
        await provider.services.receipts.issue(platform, client.client_id, "en", Catalogue())
    assert refused.value.cause is Cause.NOT_FOUND
