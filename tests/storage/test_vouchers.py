"""A proof that waits is used once: held, spent or given back, whoever else tries meanwhile."""

import asyncio

from idp.storage import enrolments, vouchers
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


async def test_a_closed_identity_is_kept_until_its_day_and_then_forgotten(store: Database):
    for name in (b"one", b"two"):
        await enrolments.reserve(
            store,
            dedup_tag=name,
            key_version=1,
            row_id=name,
            person_sealed=b"sealed",
            person_tag=b"tag of " + name,
            reserved_until=0,
        )
    assert await enrolments.close(store, person_tag=b"tag of one", until_day=TODAY + 2)
    assert await enrolments.close(store, person_tag=b"tag of one", until_day=TODAY + 1)
    assert not await enrolments.close(store, person_tag=b"nobody", until_day=TODAY)

    assert not await enrolments.confirm(store, dedup_tag=b"one", row_id=b"one")
    assert [row["dedup_tag"] for row in await enrolments.expired(store, now=9, batch=9)] == [b"two"]
    await enrolments.release(store, dedup_tag=b"one", row_id=b"one")
    await enrolments.reopen(store, dedup_tag=b"one", today=TODAY)
    assert await enrolments.prune(store, today=TODAY, batch=9) == 0
    assert await enrolments.prune(store, today=TODAY + 1, batch=9) == 1
    assert await enrolments.find(store, b"one") is None
    assert await enrolments.find(store, b"two") is not None
