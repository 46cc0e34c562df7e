import asyncio

from idp.storage import enrolments
from idp.storage.database import Database
from tests.storage.conftest import Opening, Place
from tests.support.rows import NOW, TODAY

TAG = b"t" * 32


async def reserve(store: Database, row_id: bytes, until: int = NOW + 60) -> bool:
    return await enrolments.reserve(store, reservation(row_id, until))


def reservation(row_id: bytes, until: int = NOW + 60) -> enrolments.Reservation:
    return enrolments.Reservation(
        dedup_tag=TAG,
        key_version=1,
        row_id=row_id,
        person_sealed=b"sealed for " + row_id,
        person_tag=b"tag of " + row_id,
        until=until,
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

    assert await enrolments.confirm(store, tags=[TAG], row_id=b"first")

    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["state"], row["reserved_until"]) == (enrolments.CONFIRMED, None)
    await enrolments.release(store, tags=[TAG], row_id=b"first")
    assert await enrolments.find(store, TAG) is not None


async def test_a_released_identity_is_free_again(store: Database):
    await reserve(store, b"first")

    await enrolments.release(store, tags=[TAG], row_id=b"first")

    assert await enrolments.find(store, TAG) is None
    assert await reserve(store, b"second")


async def test_nobody_confirms_or_releases_the_reservation_of_another(store: Database):
    """Its own had expired and was resolved: the latecomer must not touch its successor's."""
    await reserve(store, b"successor")

    assert not await enrolments.confirm(store, tags=[TAG], row_id=b"latecomer")
    await enrolments.release(store, tags=[TAG], row_id=b"latecomer")

    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["row_id"], row["state"]) == (b"successor", enrolments.RESERVED)


def left(until: int, kept: int) -> enrolments.Left:
    return enrolments.Left(b"nobody", b"notices", until, kept)


async def closed(store: Database, until: int = TODAY, kept: int = TODAY + 2) -> None:
    """An identity whose account was closed."""
    await reserve(store, b"first")
    await enrolments.confirm(store, tags=[TAG], row_id=b"first")
    assert await enrolments.close(store, [b"tag of first"], left(until, kept))


async def state(store: Database) -> str:
    row = await enrolments.find(store, TAG)
    return "" if row is None else str(row["state"])


async def test_a_closed_identity_leads_to_no_person(store: Database):
    await closed(store)
    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["person_sealed"], row["person_tag"]) == (b"nobody", None)
    assert not await enrolments.close(store, [b"tag of first"], left(TODAY, TODAY))
    assert not await enrolments.confirm(store, tags=[TAG], row_id=b"first")
    await enrolments.release(store, tags=[TAG], row_id=b"first")
    assert await state(store) == enrolments.CLOSED
    assert not await reserve(store, b"second")


async def test_a_closed_identity_is_forgotten_on_its_day_and_not_before(store: Database):
    await closed(store)
    assert await enrolments.prune(store, today=TODAY + 1, batch=9) == 0
    assert await enrolments.prune(store, today=TODAY + 2, batch=9) == 1
    assert await state(store) == ""


async def retake(store: Database, row_id: bytes, today: int = TODAY) -> bool:
    taken = reservation(row_id)
    return await enrolments.retake(
        store, taken, tags=[TAG], old_row=b"first", facts_sealed=b"notices", today=today
    )


async def test_a_closed_identity_is_taken_again_once_its_time_is_over(store: Database):
    await closed(store, until=TODAY + 1)
    assert not await retake(store, b"second")
    assert await retake(store, b"second", TODAY + 1)
    assert not await retake(store, b"third", TODAY + 1)
    assert await enrolments.prune(store, today=TODAY + 9, batch=9) == 0
    assert await enrolments.confirm(store, tags=[TAG], row_id=b"second")
    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["closed_until"], row["kept_until"], row["facts_sealed"]) == (None, None, None)


async def test_who_begins_anew_and_stops_half_way_leaves_it_closed(store: Database):
    """Or a crash would be the way around what is kept of a suspension."""
    await closed(store)
    assert await retake(store, b"second")
    await enrolments.release(store, tags=[TAG], row_id=b"second")
    row = await enrolments.find(store, TAG)
    assert row is not None
    assert (row["state"], row["facts_sealed"]) == (enrolments.CLOSED, b"notices")


async def test_of_nodes_that_race_for_a_closed_identity_one_gets_it(
    place: Place, open_node: Opening
):
    stores = [await open_node(place.enrolment) for _ in range(3)]
    await closed(stores[0])
    taken = await asyncio.gather(*(retake(stores[n % 3], b"row %d" % n) for n in range(12)))
    assert taken.count(True) == 1
