import asyncio

from idp.storage import pseudonyms
from idp.storage.database import Connection, Database
from tests.support.rows import HOLDER, add_pseudonym, unique


async def add(database: Connection, holder_tag: bytes, network_id_tag: bytes) -> bool:
    return await pseudonyms.add(
        database,
        holder_tag=holder_tag,
        network_id_tag=network_id_tag,
        row_id=unique(),
        facts_sealed=b"sealed",
    )


async def known(database: Connection) -> bytes | None:
    row = await pseudonyms.find(database, HOLDER)
    return None if row is None else row["network_id_tag"]


async def test_a_pseudonym_is_found_by_either_of_its_tags(database: Database):
    tag = await add_pseudonym(database, HOLDER)

    assert await known(database) == tag
    by_network_id = await pseudonyms.by_network_id(database, tag)
    assert by_network_id is not None
    assert by_network_id["holder_tag"] == HOLDER
    assert await pseudonyms.find(database, tag) is None
    assert await pseudonyms.by_network_id(database, HOLDER) is None


async def test_a_second_network_id_for_one_holder_is_not_stored(database: Database):
    first = await add_pseudonym(database, HOLDER)
    assert not await add(database, HOLDER, unique(32))
    assert await known(database) == first


async def test_a_network_id_belongs_to_one_holder(database: Database):
    taken = await add_pseudonym(database, HOLDER)
    assert not await add(database, b"u" * 32, taken)


async def test_a_renewed_network_id_is_found_and_the_old_one_is_not(database: Database):
    old, new = await add_pseudonym(database, HOLDER), unique(32)

    assert await replace(database, old, new)

    assert await known(database) == new
    assert await pseudonyms.by_network_id(database, old) is None


async def test_of_two_renewals_at_once_one_is_made(nodes: list[Database]):
    old = await add_pseudonym(nodes[0], HOLDER)
    made = await asyncio.gather(*(replace(node, old, unique(32)) for node in nodes))
    assert made.count(True) == 1


async def replace(database: Connection, old: bytes, new: bytes) -> bool:
    return await pseudonyms.replace(
        database, HOLDER, old_network_id_tag=old, new_network_id_tag=new, facts_sealed=b"renewed"
    )


async def test_all_of_many_holders_are_found_and_removed_and_no_other(database: Database):
    tags = [unique(32) for _ in range(130)]
    for tag in tags:
        await add_pseudonym(database, tag)

    found = await pseudonyms.of_holders(database, tags[1:])
    await pseudonyms.remove(database, tags[1:])

    assert {row["holder_tag"] for row in found} == set(tags[1:])
    assert [row["holder_tag"] for row in await pseudonyms.of_holders(database, tags)] == tags[:1]


async def test_nodes_that_race_for_a_first_login_store_one_id(nodes: list[Database]):
    drawn = [unique(32) for _ in range(32)]

    added = await asyncio.gather(
        *(add(nodes[place % len(nodes)], HOLDER, tag) for place, tag in enumerate(drawn))
    )

    assert added.count(True) == 1
    for node in nodes:
        assert await known(node) == drawn[added.index(True)]


async def test_the_loser_of_a_race_sees_the_winners_id_in_its_own_transaction(
    nodes: list[Database],
):
    """Within one transaction: look, find nothing, lose the insert, and look again."""

    async def find_or_add(node: Database) -> bytes | None:
        async with node.transaction() as transaction:
            await known(transaction)
            await asyncio.sleep(0)
            await add(transaction, HOLDER, unique(32))
            return await known(transaction)

    seen = await asyncio.gather(*(find_or_add(nodes[place % len(nodes)]) for place in range(9)))

    assert None not in seen
    assert len(set(seen)) == 1
