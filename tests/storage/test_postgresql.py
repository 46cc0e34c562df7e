"""What becomes of a connection to PostgreSQL after a statement that did not end well."""

import asyncio

import pytest

from idp.storage import people, replays
from idp.storage.database import Connection, Unavailable, Use
from idp.storage.pool import Limits
from tests.storage.conftest import Opening, Place
from tests.support.rows import NOW, add_person, unique

pytestmark = pytest.mark.postgres


async def spend(connection: Connection) -> bool:
    return await replays.spend(connection, unique(32), expires_at=NOW + 60)


@pytest.mark.parametrize("within", [False, True])
async def test_connections_to_what_is_no_longer_the_primary_go_at_the_first_word_of_it(
    postgres_place: Place, open_node: Opening, within: bool
):
    """Most of what is written is written in transactions: each would meet the next of them."""
    server = await open_node(postgres_place.provider, Limits(connections=2))
    one, other = server.transaction(), server.transaction()
    async with one as first, other as second:
        for each in (first, second):
            await each.held.driver.execute("SET SESSION default_transaction_read_only = on")  # type: ignore[attr-defined]

    async def write() -> None:
        if within:
            async with server.transaction() as transaction:
                await spend(transaction)
        else:
            await spend(server)

    with pytest.raises(Unavailable):
        await write()
    assert server.use() == Use(0, 0, 0)
    assert await spend(server)


@pytest.mark.parametrize("within", [False, True])
async def test_who_leaves_in_the_middle_of_a_statement_leaves_no_connection_behind(
    postgres_place: Place, open_node: Opening, within: bool
):
    """The server may still be at it: the next one would be answered what they did not ask."""
    first = await open_node(postgres_place.provider)
    second = await open_node(postgres_place.provider, Limits(connections=1))
    person_id = await add_person(first)

    async def wait() -> None:
        if within:
            async with second.transaction() as transaction:
                await people.set_status(transaction, person_id, "closed", None)
        else:
            await people.set_status(second, person_id, "closed", None)

    async with first.transaction() as transaction:
        await people.set_status(transaction, person_id, "suspended", None)
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert second.use() == Use(0, 0, 0)
        assert await spend(second)
