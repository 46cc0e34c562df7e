"""One holder at a time; a holder whose lease ended writes nothing."""

import asyncio

import pytest

from idp.domain.lease import Lease, LeaseLost
from idp.services.leases import Leases
from idp.storage import leases
from idp.storage.database import Database
from tests.storage.conftest import Opening, Place
from tests.support.time import FrozenClock, SeededEntropy
from tests.support.values import NOW

LAST = 60


def leases_of(database: Database, clock: FrozenClock) -> Leases:
    return Leases(database, clock, SeededEntropy())


async def test_of_many_nodes_one_takes_a_lease(nodes: list[Database]):
    clock = FrozenClock()
    takers = [leases_of(node, clock) for node in nodes for _ in range(4)]
    taken = await asyncio.gather(*(taker.take("work", LAST) for taker in takers))
    assert [lease.token for lease in taken if lease is not None] == [1]


async def test_each_holder_has_a_higher_token_also_after_giving_back(database: Database):
    clock = FrozenClock()
    ours = leases_of(database, clock)
    tokens = []
    for _ in range(3):
        lease = await ours.take("work", LAST)
        assert lease is not None
        tokens.append(lease.token)
        await ours.give_back(lease)
    lease = await ours.take("work", LAST)
    assert lease is not None
    clock.advance(LAST)
    late = await ours.take("work", LAST)
    assert late is not None
    assert [*tokens, lease.token, late.token] == [1, 2, 3, 4, 5]
    await ours.give_back(lease)  # it is another's by now
    assert await ours.take("work", LAST) is None


async def test_a_clock_that_was_a_year_ahead_keeps_nobody_out(nodes: list[Database]):
    wrong, right = FrozenClock(), FrozenClock()
    wrong.advance(365 * 86400)
    ahead, other = leases_of(nodes[0], wrong), leases_of(nodes[1], right)
    lease = await ahead.take("work", LAST)
    assert lease is not None
    taken = await other.take("work", LAST)
    assert taken is not None
    assert taken.token > lease.token
    with pytest.raises(LeaseLost):
        await ahead.still_held(nodes[0], lease)


async def test_a_lease_of_a_clock_that_is_a_minute_ahead_is_a_lease(database: Database):
    a_little, right = FrozenClock(), FrozenClock()
    a_little.advance(60)
    assert await leases_of(database, a_little).take("work", LAST) is not None
    assert await leases_of(database, right).take("work", LAST) is None


async def test_a_holder_that_slept_beyond_its_lease_writes_nothing(nodes: list[Database]):
    clock, slow = FrozenClock(), nodes[0]
    sleeper, other = leases_of(slow, clock), leases_of(nodes[1], clock)
    lease = await sleeper.take("work", LAST)
    assert lease is not None

    async def write(under: Lease) -> None:
        async with slow.transaction() as transaction:
            await sleeper.still_held(transaction, under)
            await leases.take(transaction, "written", "x", now=NOW, until=NOW + 1)

    clock.advance(LAST)  # ended, and nobody's
    with pytest.raises(LeaseLost):
        await write(lease)
    taken = await other.take("work", LAST)
    with pytest.raises(LeaseLost):  # ended, and another's
        await write(lease)
    with pytest.raises(LeaseLost):  # a clock that is behind, or went back, does not help
        await Leases(slow, FrozenClock(), SeededEntropy()).still_held(slow, lease)
    with pytest.raises(LeaseLost):
        await sleeper.renew(lease, LAST)
    assert await leases.take(slow, "written", "y", now=NOW, until=NOW + 1) == 1
    assert taken is not None
    assert (await other.renew(taken, LAST * 2)).until == clock.now() + LAST * 2


@pytest.mark.postgres
async def test_a_lease_is_not_taken_while_its_holder_commits(
    postgres_place: Place, open_node: Opening
):
    clock = FrozenClock()
    holding, taking = [await open_node(postgres_place.provider) for _ in range(2)]
    ours, theirs = leases_of(holding, clock), leases_of(taking, clock)
    lease = await ours.take("work", LAST)
    assert lease is not None
    async with holding.transaction() as transaction:
        await ours.still_held(transaction, lease)
        clock.advance(LAST)
        waiting = asyncio.create_task(theirs.take("work", LAST))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
    taken = await waiting
    assert taken is not None
    assert taken.token == lease.token + 1
