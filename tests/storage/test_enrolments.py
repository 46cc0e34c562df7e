import asyncio

from idp.storage import enrolments
from idp.storage.database import Database
from tests.storage.conftest import Opening, Place
from tests.support.rows import NOW

TAG = b"t" * 32


async def reserve(store: Database, row_id: bytes, until: int = NOW + 60) -> bool:
    return await enrolments.reserve(
        store,
        dedup_tag=TAG,
        key_version=1,
        row_id=row_id,
        person_sealed=b"sealed for " + row_id,
        person_tag=b"tag of " + row_id,
        reserved_until=until,
    )


async def test_an_identity_is_reserved_by_one(store: Database):
    assert await reserve(store, b"first")
    assert not await reserve(store, b"second")

    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["state"], row["reserved_until"]) == (enrolments.RESERVED, NOW + 60)
    assert (row["row_id"], row["person_sealed"]) == (b"first", b"sealed for first")


async def test_of_nodes_that_race_for_an_identity_one_gets_it(place: Place, open_node: Opening):
    stores = [await open_node(place.enrolment) for _ in range(3)]
    reserved = await asyncio.gather(
        *(reserve(stores[n % len(stores)], b"row %d" % n) for n in range(24))
    )
    assert reserved.count(True) == 1


async def test_a_confirmed_enrolment_does_not_expire(store: Database):
    await reserve(store, b"first")

    assert await enrolments.confirm(store, dedup_tag=TAG, row_id=b"first")

    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["state"], row["reserved_until"]) == (enrolments.CONFIRMED, None)
    await enrolments.release(store, dedup_tag=TAG, row_id=b"first")
    assert await enrolments.find(store, TAG) is not None


async def test_a_released_identity_is_free_again(store: Database):
    await reserve(store, b"first")

    await enrolments.release(store, dedup_tag=TAG, row_id=b"first")

    assert await enrolments.find(store, TAG) is None
    assert await reserve(store, b"second")


async def test_nobody_confirms_or_releases_the_reservation_of_another(store: Database):
    """Its own had expired and was resolved: the latecomer must not touch its successor's."""
    await reserve(store, b"successor")

    assert not await enrolments.confirm(store, dedup_tag=TAG, row_id=b"latecomer")
    await enrolments.release(store, dedup_tag=TAG, row_id=b"latecomer")

    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["row_id"], row["state"]) == (b"successor", enrolments.RESERVED)
