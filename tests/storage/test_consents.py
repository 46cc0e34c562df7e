from idp.storage import consents
from idp.storage.database import Database
from tests.support.rows import CONSENT, TODAY, put_consent, unique


async def test_a_newer_consent_takes_the_place_of_an_older_one(database: Database):
    await put_consent(database, items_tag=b"old", expires_day=TODAY + 1)
    await put_consent(database, items_tag=b"new", facts_sealed=b"more", expires_day=TODAY + 2)

    row = await consents.find(database, CONSENT)

    assert row is not None
    assert (row["items_tag"], row["facts_sealed"]) == (b"new", b"more")
    assert row["expires_day"] == TODAY + 2


async def test_a_consent_is_found_under_its_own_tag_alone(database: Database):
    await put_consent(database)
    assert await consents.find(database, b"d" * 32) is None


async def test_all_of_many_tags_are_found_and_removed_and_no_other(database: Database):
    tags = [unique(32) for _ in range(150)]
    for tag in tags:
        await put_consent(database, tag)

    assert {row["tag"] for row in await consents.of_tags(database, tags[:-1])} == set(tags[:-1])
    await consents.remove(database, tags[:-1])

    assert [row["tag"] for row in await consents.of_tags(database, tags)] == tags[-1:]
    assert await consents.of_tags(database, []) == []


async def test_only_consents_that_ended_before_today_are_pruned(database: Database):
    ended, ends_today = unique(32), unique(32)
    await put_consent(database, ended, expires_day=TODAY - 1)
    await put_consent(database, ends_today, expires_day=TODAY)

    await consents.prune(database, today=TODAY, batch=10)

    assert await consents.find(database, ended) is None
    assert await consents.find(database, ends_today)
