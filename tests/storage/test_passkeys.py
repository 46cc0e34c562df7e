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


async def test_the_counter_moves_on_from_the_count_that_was_read(database: Database):
    added = await add_passkey(database, await add_person(database), sign_count=5)
    passkey_id = added["id"]

    assert await passkeys.used(database, passkey_id, old_count=5, new_count=9, backed_up=True)
    assert not await passkeys.used(database, passkey_id, old_count=5, new_count=6, backed_up=False)

    row = await passkeys.find(database, added["credential_id"])
    assert row is not None
    assert (row["sign_count"], row["backed_up"]) == (9, 1)


async def test_the_largest_counter_of_an_authenticator_fits(database: Database):
    added = await add_passkey(database, await add_person(database), sign_count=2**32 - 1)
    row = await passkeys.find(database, added["credential_id"])
    assert row is not None
    assert row["sign_count"] == 2**32 - 1
