from idp.storage import consents
from idp.storage.database import Database
from tests.support.rows import TODAY


async def put(database: Database, client_id: str = "shop", **changes: object) -> None:
    items, day = str(changes.get("items", "openid")), int(str(changes.get("expires_day", TODAY)))
    await consents.put(
        database, network_id="NETWORK1D", client_id=client_id, items=items, expires_day=day
    )


async def test_a_newer_consent_takes_the_place_of_an_older_one(database: Database):
    await put(database, items="openid", expires_day=TODAY + 1)
    await put(database, items="age_over_18 openid", expires_day=TODAY + 2)

    row = await consents.find(database, network_id="NETWORK1D", client_id="shop")

    assert row is not None
    assert (row["items"], row["expires_day"]) == ("age_over_18 openid", TODAY + 2)


async def test_a_consent_to_one_client_is_none_to_another(database: Database):
    await put(database, "shop")
    assert await consents.find(database, network_id="NETWORK1D", client_id="forum") is None
    assert await consents.find(database, network_id="AN0THER", client_id="shop") is None


async def test_only_consents_that_ended_before_today_are_pruned(database: Database):
    await put(database, "ended", expires_day=TODAY - 1)
    await put(database, "ends today", expires_day=TODAY)

    await consents.prune(database, today=TODAY, batch=10)

    assert await consents.find(database, network_id="NETWORK1D", client_id="ended") is None
    assert await consents.find(database, network_id="NETWORK1D", client_id="ends today")
