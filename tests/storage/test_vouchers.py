"""A proof that waits is used once: held, spent or given back, whoever else tries meanwhile."""

import asyncio

from idp.storage import vouchers
from idp.storage.database import Database
from tests.storage.conftest import Opening, Place
from tests.support.rows import TODAY

TAG = b"v" * 32


async def add(store: Database, tag: bytes = TAG, *, day: int = TODAY) -> None:
    await vouchers.add(
        store, tag=tag, row_id=b"row", facts_sealed=b"sealed", expires_day=day, holder=None
    )


async def test_a_voucher_is_found_and_then_spent_once(store: Database):
    await add(store)
    row = await vouchers.find(store, TAG)
    assert row is not None
    assert (row["facts_sealed"], row["holder"]) == (b"sealed", None)
    assert await vouchers.spend(store, TAG)
    assert not await vouchers.spend(store, TAG)
    assert await vouchers.find(store, TAG) is None


async def test_of_nodes_that_race_for_a_voucher_one_gets_it(place: Place, open_node: Opening):
    stores = [await open_node(place.enrolment) for _ in range(3)]
    await add(stores[0])
    tries = [vouchers.hold(stores[n % 3], TAG, holder=b"%d" % n) for n in range(12)]
    tries += [vouchers.spend(stores[n % 3], TAG) for n in range(12)]
    assert (await asyncio.gather(*tries)).count(True) == 1


async def test_what_a_reservation_holds_is_nobody_elses_until_it_lets_go(store: Database):
    await add(store)
    assert await vouchers.hold(store, TAG, holder=b"mine")
    assert not await vouchers.hold(store, TAG, holder=b"theirs")
    assert not await vouchers.spend(store, TAG)
    await vouchers.let_go(store, b"theirs")
    await vouchers.spend_held(store, b"theirs")
    assert not await vouchers.spend(store, TAG)
    await vouchers.let_go(store, b"mine")
    assert await vouchers.hold(store, TAG, holder=b"theirs")
    await vouchers.spend_held(store, b"theirs")
    assert await vouchers.find(store, TAG) is None


async def test_vouchers_leave_when_their_last_day_is_over(store: Database):
    for day in range(5):
        await add(store, b"%d" % day, day=TODAY + day)
    assert await vouchers.prune(store, today=TODAY + 3, batch=2) == 2
    assert await vouchers.prune(store, today=TODAY + 3, batch=2) == 1
    assert await vouchers.prune(store, today=TODAY + 3, batch=2) == 0
    assert await vouchers.find(store, b"3") is not None
