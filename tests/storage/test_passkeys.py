import asyncio

from idp.storage import passkeys
from idp.storage.database import Database
from tests.support.rows import add_passkey, add_person, unique


async def test_a_passkey_is_found_with_the_handle_its_person_is_known_by(database: Database):
    person_id = await add_person(database, webauthn_user_id=b"h" * 32)
    added = await add_passkey(database, person_id)

    row = await passkeys.find(database, added["credential_id"])

    assert row is not None
    assert {name: row[name] for name in added} == added
    assert row["webauthn_user_id"] == b"h" * 32
    assert await passkeys.find(database, unique(32)) is None


async def test_a_credential_id_that_is_taken_is_not_added_again(database: Database):
    first, second = await add_person(database), await add_person(database)
    added = await add_passkey(database, first)

    again = added | {"id": unique(), "person_id": second, "public_key": b"another's key"}

    assert not await passkeys.add(database, **again)
    row = await passkeys.find(database, added["credential_id"])
    assert row is not None
    assert (row["person_id"], row["public_key"]) == (first, added["public_key"])


def new(count: int, facts: bytes = b"new facts") -> passkeys.Change:
    return passkeys.Change(sign_count=count, backed_up=True, facts_sealed=facts)


async def test_a_passkey_is_changed_from_what_was_read_of_it(database: Database):
    added = await add_passkey(database, await add_person(database), sign_count=5)
    read = await passkeys.find(database, added["credential_id"])
    assert read is not None

    assert await passkeys.change(database, read, new(9))
    assert not await passkeys.change(database, read, new(6))

    row = await passkeys.find(database, added["credential_id"])
    assert row is not None
    assert (row["sign_count"], row["backed_up"], row["facts_sealed"]) == (9, 1, b"new facts")
    assert await passkeys.change(database, row, new(9, b"newer facts"))
    assert not await passkeys.change(database, row, new(9, b"lost facts"))


async def test_the_last_passkey_of_a_person_is_not_removed(database: Database):
    mine, other = await add_person(database), await add_person(database)
    first, second = await add_passkey(database, mine), await add_passkey(database, mine)
    await add_passkey(database, other)

    async def remove(person_id: bytes, passkey_id: bytes) -> bytes | None:
        async with database.transaction() as transaction:
            assert await passkeys.hold(transaction, person_id) is not None
            return await passkeys.remove(transaction, person_id, passkey_id)

    assert await remove(other, first["id"]) is None  # somebody else's
    assert await remove(mine, first["id"]) == first["credential_id"]
    assert await remove(mine, second["id"]) is None
    assert [row["id"] for row in await passkeys.of_person(database, mine)] == [second["id"]]


async def test_two_removals_at_once_leave_one_passkey(database: Database):
    person_id = await add_person(database)
    both = [await add_passkey(database, person_id) for _ in range(2)]

    async def remove(passkey_id: bytes) -> bytes | None:
        async with database.transaction() as transaction:
            await passkeys.hold(transaction, person_id)
            return await passkeys.remove(transaction, person_id, passkey_id)

    removed = await asyncio.gather(*(remove(row["id"]) for row in both))

    assert removed.count(None) == 1
    assert len(await passkeys.of_person(database, person_id)) == 1


async def test_a_passkey_that_was_removed_is_alive_no_more(database: Database):
    person_id = await add_person(database)
    first, _second = await add_passkey(database, person_id), await add_passkey(database, person_id)
    async with database.transaction() as transaction:
        assert await passkeys.alive(transaction, first["credential_id"])
        await passkeys.remove(transaction, person_id, first["id"])
        assert not await passkeys.alive(transaction, first["credential_id"])


async def test_the_largest_counter_of_an_authenticator_fits(database: Database):
    added = await add_passkey(database, await add_person(database), sign_count=2**32 - 1)
    row = await passkeys.find(database, added["credential_id"])
    assert row is not None
    assert row["sign_count"] == 2**32 - 1
