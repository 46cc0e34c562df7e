import asyncio

import pytest

from idp.storage import pseudonyms
from idp.storage.database import Database
from tests.support.rows import SECTOR, add_pseudonym, unique

TAG = b"t" * 32


async def test_a_pseudonym_is_found_by_its_sector_and_tag_together(database: Database):
    network_id = await add_pseudonym(database, TAG)

    assert await pseudonyms.find(database, sector=SECTOR, holder_tag=TAG) == network_id
    assert await pseudonyms.find(database, sector="platform:other", holder_tag=TAG) is None
    assert await pseudonyms.find(database, sector=SECTOR, holder_tag=b"u" * 32) is None


async def test_a_second_network_id_for_one_holder_is_not_stored(database: Database):
    first = await add_pseudonym(database, TAG)

    added = await pseudonyms.add(
        database,
        sector=SECTOR,
        holder_tag=TAG,
        network_id="AN0THER",
        row_id=unique(),
        person_sealed=b"",
    )

    assert not added
    assert await pseudonyms.find(database, sector=SECTOR, holder_tag=TAG) == first


@pytest.mark.parametrize("sector", [SECTOR, "platform:other"])
async def test_a_network_id_belongs_to_one_holder_in_one_sector(database: Database, sector: str):
    taken = await add_pseudonym(database, TAG)

    added = await pseudonyms.add(
        database,
        sector=sector,
        holder_tag=b"u" * 32,
        network_id=taken,
        row_id=unique(),
        person_sealed=b"",
    )

    assert not added


async def test_nodes_that_race_for_a_first_login_store_one_id(nodes: list[Database]):
    drawn = [f"NETWORK{number}" for number in range(32)]

    added = await asyncio.gather(
        *(
            pseudonyms.add(
                nodes[number % len(nodes)],
                sector=SECTOR,
                holder_tag=TAG,
                network_id=network_id,
                row_id=unique(),
                person_sealed=b"",
            )
            for number, network_id in enumerate(drawn)
        )
    )

    assert added.count(True) == 1
    for node in nodes:
        known = await pseudonyms.find(node, sector=SECTOR, holder_tag=TAG)
        assert known == drawn[added.index(True)]


async def test_the_loser_of_a_race_sees_the_winners_id_in_its_own_transaction(
    nodes: list[Database],
):
    """Within one transaction: look, find nothing, lose the insert, and look again."""

    async def find_or_add(node: Database, network_id: str) -> str | None:
        async with node.transaction() as transaction:
            await pseudonyms.find(transaction, sector=SECTOR, holder_tag=TAG)
            await asyncio.sleep(0)
            await pseudonyms.add(
                transaction,
                sector=SECTOR,
                holder_tag=TAG,
                network_id=network_id,
                row_id=unique(),
                person_sealed=b"",
            )
            return await pseudonyms.find(transaction, sector=SECTOR, holder_tag=TAG)

    seen = await asyncio.gather(
        *(find_or_add(nodes[number % len(nodes)], f"NETWORK{number}") for number in range(9))
    )

    assert None not in seen
    assert len(set(seen)) == 1
