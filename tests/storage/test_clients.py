from typing import Any

import pytest

from idp.storage import clients
from idp.storage.database import Database
from tests.support.rows import NOW


async def add(database: Database, client_id: str, **changes: Any) -> None:
    columns: dict[str, Any] = {
        "client_id": client_id,
        "metadata": '{"client_name": "街角商店"}',
        "secret_digest": b"digest",
        "logo": None,
        "created_at": NOW,
        "next_secret_digest": None,
        "registration_digest": None,
        "origin": "operator",
        "resource": None,
        "disabled_at": None,
        "old_secret_until": None,
    }
    await clients.add(database, **columns | changes)


async def test_a_client_is_read_as_it_was_written(database: Database):
    await add(database, "shop")

    row = await clients.find(database, "shop")

    assert row is not None
    assert row["metadata"] == '{"client_name": "街角商店"}'
    assert (row["secret_digest"], row["created_at"]) == (b"digest", NOW)
    assert not row["has_logo"]


async def test_client_ids_are_compared_exactly(database: Database):
    await add(database, "shop")
    for wrong in ("Shop", "shop ", "sho", "shop\N{COMBINING ACUTE ACCENT}", "%"):
        assert await clients.find(database, wrong) is None


async def test_all_clients_are_listed_oldest_first(database: Database):
    await add(database, "younger", created_at=NOW + 1)
    await add(database, "b", created_at=NOW)
    await add(database, "a", created_at=NOW)

    assert [row["client_id"] for row in await clients.everyone(database)] == ["a", "b", "younger"]


async def test_a_logo_is_told_of_and_read_apart(database: Database):
    await add(database, "shop", logo=b"\x89PNG\r\n\x1a\n\x00")

    row = await clients.find(database, "shop")

    assert row is not None
    assert row["has_logo"]
    with pytest.raises(LookupError):
        row["logo"]
    assert await clients.logo(database, "shop") == b"\x89PNG\r\n\x1a\n\x00"
    assert await clients.logo(database, "nobody") is None


async def test_a_client_is_removed_once(database: Database):
    await add(database, "shop")
    await add(database, "forum")

    assert await clients.remove(database, "shop")
    assert not await clients.remove(database, "shop")
    assert [row["client_id"] for row in await clients.everyone(database)] == ["forum"]
