from typing import Any

from idp.storage import former_clients
from idp.storage.database import Database
from idp.storage.former_clients import FormerClient


async def put(database: Database, client_id: str, **changes: Any) -> None:
    columns = {"sector": f"platform:{client_id}", "names": "{}"} | changes
    await former_clients.put(database, FormerClient(client_id, **columns))


async def test_who_left_stays_known(database: Database):
    await put(database, "shop", names='{"":"Corner Shop"}')
    await put(database, "forum", resource="https://forum.example/api", resource_scopes="{}")
    found = await former_clients.everyone(database)
    assert [(row["client_id"], row["sector"], row["names"]) for row in found] == [
        ("forum", "platform:forum", "{}"),
        ("shop", "platform:shop", '{"":"Corner Shop"}'),
    ]
    offered = await former_clients.resource_servers(database)
    assert [row["client_id"] for row in offered] == ["forum"]


async def test_who_leaves_twice_is_known_by_the_last_time(database: Database):
    await put(database, "shop", names='{"":"Corner Shop"}')
    await put(database, "shop", names='{"":"The Shop"}')
    assert [row["names"] for row in await former_clients.everyone(database)] == ['{"":"The Shop"}']


async def test_who_leaves_from_another_sector_is_known_in_both(database: Database):
    for sector in ("one", "one", "two", "one", "three"):
        await put(database, "a shop", sector=f"platform:{sector}", resource=f"https://{sector}/")
    await put(database, "a shop two")
    found = await former_clients.everyone(database)
    assert [(former_clients.id_of(row), row["sector"]) for row in found] == [
        *(("a shop", f"platform:{sector}") for sector in ("three", "one", "two")),
        ("a shop two", "platform:a shop two"),
    ]
    assert len(await former_clients.resource_servers(database)) == 3
