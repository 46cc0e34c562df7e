"""One winner, however many tasks and nodes there are (promise P8)."""

import asyncio
import itertools

import pytest

from idp.storage import grants, grants_born
from idp.storage.database import Connection, Database
from tests.support.rows import add_grant, add_person, new_event, new_grant

RACERS = 32


async def redeem(node: Connection, grant_id: bytes) -> bool:
    return await grants.redeem(node, grant_id)


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_of_32_tasks_on_one_node_one_redeems(database: Database):
    grant = await add_grant(database)
    won = await asyncio.gather(*(redeem(database, grant.id) for _ in range(RACERS)))
    assert won.count(True) == 1


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_of_32_tasks_on_three_nodes_one_redeems(nodes: list[Database]):
    turns = itertools.cycle(nodes)
    for _ in range(5):
        grant = await add_grant(nodes[0])
        won = await asyncio.gather(*(redeem(next(turns), grant.id) for _ in range(RACERS)))
        assert won.count(True) == 1


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_a_redemption_that_rolls_back_leaves_the_code_to_the_next(nodes: list[Database]):
    grant = await add_grant(nodes[0])
    inside = asyncio.Event()

    async def redeem_and_fail() -> None:
        async with nodes[0].transaction() as transaction:
            assert await redeem(transaction, grant.id)
            inside.set()
            await asyncio.sleep(0.05)
            raise LookupError

    failing = asyncio.ensure_future(redeem_and_fail())
    await inside.wait()
    waiting = asyncio.ensure_future(redeem(nodes[1], grant.id))  # for the first to end
    with pytest.raises(LookupError):
        await failing

    assert await waiting


async def test_redeeming_and_revoking_at_once_never_leaves_a_live_grant(nodes: list[Database]):
    """Whichever is first: the code was used or not, but the grant is revoked."""
    for first, second in itertools.permutations((0, 1)):
        grant = await add_grant(nodes[0])
        await asyncio.gather(redeem(nodes[first], grant.id), grants.revoke(nodes[second], grant.id))
        row = await grants.find(nodes[2], grant.id)
        assert row is not None
        assert row["revoked"]


async def test_one_code_belongs_to_one_grant(database: Database):
    """The handle follows from the code: its key is what a 256-bit draw is not, a proof."""
    grant, person_id = await add_grant(database), await add_person(database)
    again = new_grant(id=grant.id)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await grants_born.issue(database, again, new_event(), person_id=person_id)
    row = await grants.find(database, grant.id)
    assert row is not None
    assert row["holder_tag"] == grant.holder_tag
