"""What a person allowed: found at every client there is or was, and taken back."""

import pytest

from idp.domain.client import Client
from tests.support.provider import Provider

PERSON, NEIGHBOUR = b"p" * 16, b"n" * 16


async def a_client(provider: Provider, platform: str) -> Client:
    return (await provider.add_client(platform=platform)).client


async def allow(provider: Provider, client: Client, person: bytes = PERSON) -> None:
    async with provider.parts.database.transaction() as transaction:
        await provider.services.consents.remember(
            transaction, client, person, frozenset({"openid"}), record="a record", version=1
        )


async def test_a_persons_consents_are_found_and_nobody_elses(provider: Provider):
    shop, forum = [await a_client(provider, name) for name in ("shop", "forum")]
    await allow(provider, shop)
    await allow(provider, forum, NEIGHBOUR)
    ids = await provider.services.clients.ids()
    found = await provider.services.consents.everywhere(PERSON, ids)
    assert [(one.client_id, one.sector, one.record) for one in found] == [
        (shop.client_id, shop.sector, "a record")
    ]


async def test_a_consent_is_still_found_when_its_client_has_left(provider: Provider):
    shop = await a_client(provider, "shop")
    await allow(provider, shop)
    await provider.services.clients.remove(shop.client_id)
    assert await provider.services.clients.ids() == [shop.client_id]
    assert await provider.services.clients.sectors() == ["platform:shop"]
    (former,) = await provider.services.clients.former()
    assert former.names == {"": "Corner Shop"}
    assert len(await provider.services.consents.everywhere(PERSON, [shop.client_id])) == 1


@pytest.mark.parametrize("taken_back", [0, 1])
async def test_taking_back_one_consent_leaves_the_other(provider: Provider, taken_back: int):
    clients = [await a_client(provider, name) for name in ("shop", "forum")]
    for client in clients:
        await allow(provider, client)
    async with provider.parts.database.transaction() as transaction:
        await provider.services.consents.withdraw(
            transaction, PERSON, [clients[taken_back].client_id], []
        )
    ids = await provider.services.clients.ids()
    (left,) = await provider.services.consents.everywhere(PERSON, ids)
    assert left.client_id == clients[1 - taken_back].client_id
