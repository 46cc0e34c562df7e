"""Chains in their grants: begun once, moved on by one of many, never after they have ended."""

import asyncio

import pytest

from idp.storage import grants, grants_born, refresh_tokens
from idp.storage.database import Database
from tests.support.rows import NOW, add_grant, unique

DAY = 24 * 3600


async def begun(database: Database) -> grants_born.NewGrant:
    grant = await add_grant(database)
    assert await refresh_tokens.begin(
        database, grant.id, chain_sealed=b"first", expires_at=NOW + DAY
    )
    return grant


async def move(database: Database, grant: grants_born.NewGrant, old: bytes, new: bytes) -> bool:
    return await refresh_tokens.move(
        database,
        grant.id,
        old=old,
        chain_sealed=new,
        facts_sealed=b"facts of today",
        expires_at=NOW + 2 * DAY,
    )


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_a_chain_is_begun_with_the_code_once(nodes: list[Database]):
    grant = await add_grant(nodes[0])
    begun = await asyncio.gather(
        *(
            refresh_tokens.begin(node, grant.id, chain_sealed=unique(), expires_at=NOW + DAY)
            for node in nodes * 4
        )
    )
    assert begun.count(True) == 1
    assert not await grants.redeem(nodes[0], grant.id)


async def test_a_code_redeemed_without_a_chain_begins_none(database: Database):
    grant = await add_grant(database)
    assert await grants.redeem(database, grant.id)
    assert not await refresh_tokens.begin(
        database, grant.id, chain_sealed=b"chain", expires_at=NOW + DAY
    )


async def test_of_many_who_saw_the_same_chain_one_moves_it(nodes: list[Database]):
    grant = await begun(nodes[0])
    moved = await asyncio.gather(
        *(move(node, grant, b"first", b"to %d" % place) for place, node in enumerate(nodes * 8))
    )
    assert moved.count(True) == 1
    row = await grants.find(nodes[1], grant.id)
    assert row is not None
    assert row["chain_sealed"] == b"to %d" % moved.index(True)
    assert (row["facts_sealed"], row["expires_at"]) == (b"facts of today", NOW + 2 * DAY)


async def test_facts_that_did_not_change_stay_as_they_are(database: Database):
    grant = await begun(database)
    assert await refresh_tokens.move(
        database, grant.id, old=b"first", chain_sealed=b"2", facts_sealed=None, expires_at=NOW + DAY
    )
    row = await grants.find(database, grant.id)
    assert row is not None
    assert (row["chain_sealed"], row["facts_sealed"]) == (b"2", b"sealed facts")


async def test_what_has_ended_is_not_moved(database: Database):
    grant = await begun(database)
    await grants.revoke(database, grant.id)
    assert not await move(database, grant, b"first", b"second")


async def test_a_grant_without_a_chain_is_not_given_one_later(database: Database):
    grant = await add_grant(database)
    assert not await move(database, grant, b"first", b"second")


async def test_what_works_under_a_consent_is_found_with_its_chain(database: Database):
    lasting, short = await begun(database), await add_grant(database)
    ended = await begun(database)
    await grants.revoke(database, ended.id)
    given = (lasting, short, ended)
    tags = [grant.holder_tag for grant in given], [grant.consent_tag for grant in given]
    found = await refresh_tokens.of_consents(database, *tags, now=NOW)
    assert {row["id"]: row["chain_sealed"] for row in found} == {
        lasting.id: b"first",
        short.id: None,
    }
    late = await refresh_tokens.of_consents(database, *tags, now=NOW + 3600)
    assert {row["id"] for row in late} == {lasting.id}


async def test_a_chain_leaves_with_its_grant(database: Database):
    grant = await begun(database)
    await grants.prune(database, now=NOW + DAY - 1, batch=10)
    assert await grants.find(database, grant.id) is not None
    await grants.prune(database, now=NOW + DAY, batch=10)
    assert await grants.find(database, grant.id) is None


@pytest.mark.parametrize("ending", ["one", "holder", "consent"])
async def test_a_chain_that_was_ended_leaves_with_the_next_sweep(database: Database, ending: str):
    lasting, short = await begun(database), await add_grant(database)
    for grant in (lasting, short):
        if ending == "one":
            await grants.revoke(database, grant.id)
        elif ending == "holder":
            await grants.revoke_of_holders(database, [grant.holder_tag])
        else:
            assert (
                await grants.revoke_of_consents(database, [grant.holder_tag], [grant.consent_tag])
                == 1
            )
    await grants.prune(database, now=NOW, batch=10)
    assert await grants.find(database, lasting.id) is None
    row = await grants.find(database, short.id)
    assert row is not None
    assert (row["revoked"], row["expires_at"]) == (1, short.expires_at)


async def test_a_code_is_found_with_the_day_its_consent_ends(database: Database):
    grant = await add_grant(database)
    row = await grants.find_with_consent(database, grant.id)
    assert row is not None
    assert row["consent_day"] is None
