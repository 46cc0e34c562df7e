"""Renewing a network ID: another one, once in a while, and once however many ask."""

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.pseudonym import RENEWAL_DAYS, Pseudonym
from idp.domain.refusal import Cause, Refusal
from tests.support.provider import Provider

SHOP, FORUM = "platform:shop", "platform:forum"
PERSON, NEIGHBOUR = b"p" * 16, b"n" * 16


async def drawn(provider: Provider, sector: str = SHOP, person: bytes = PERSON) -> Pseudonym:
    async with provider.parts.database.transaction() as transaction:
        held = await provider.services.pseudonyms.find_or_draw(transaction, sector, person)
        return held.pseudonym


async def renewed(provider: Provider, sector: str = SHOP, person: bytes = PERSON) -> Pseudonym:
    async with provider.parts.database.transaction() as transaction:
        return await provider.services.pseudonyms.renew(transaction, sector, person)


async def test_a_renewed_network_id_is_another_one_and_only_here(provider: Provider):
    old, elsewhere = await drawn(provider), await drawn(provider, FORUM)
    theirs = await drawn(provider, person=NEIGHBOUR)
    new = await renewed(provider)
    find = provider.services.pseudonyms.find
    assert new.network_id != old.network_id
    assert await find(SHOP, PERSON) == new
    assert await find(FORUM, PERSON) == elsewhere
    assert await find(SHOP, NEIGHBOUR) == theirs
    assert new.since_day == old.since_day


async def test_nobody_is_found_by_a_network_id_that_was_renewed(provider: Provider):
    old = await drawn(provider)
    new = await renewed(provider)
    by_network_id, database = provider.services.pseudonyms.by_network_id, provider.parts.database
    assert await by_network_id(database, old.network_id) is None
    assert await by_network_id(database, new.network_id) == new


async def test_it_is_renewed_again_only_after_the_days_of_the_setting(provider: Provider):
    await drawn(provider)
    first = await renewed(provider)
    provider.clock.advance((RENEWAL_DAYS - 1) * SECONDS_PER_DAY)
    with pytest.raises(Refusal) as refused:
        await renewed(provider)
    assert refused.value.cause is Cause.RENEWED_TOO_RECENTLY
    assert await provider.services.pseudonyms.find(SHOP, PERSON) == first
    provider.clock.advance(SECONDS_PER_DAY)
    assert (await renewed(provider)).network_id != first.network_id


async def test_there_is_nothing_to_renew_where_nobody_was(provider: Provider):
    with pytest.raises(Refusal) as refused:
        await renewed(provider)
    assert refused.value.cause is Cause.NOT_FOUND
