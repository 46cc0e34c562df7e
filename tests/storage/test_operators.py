"""Operators, their passkeys, sessions and links: on both dialects."""

import asyncio
import itertools
from typing import Any

from idp.storage import operator_links, operator_passkeys, operator_sessions, operators
from idp.storage.database import Database
from tests.support.rows import NOW, TODAY, add_operator, unique


async def add_passkey(database: Database, operator_id: bytes, **changes: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "id": unique(),
        "operator_id": operator_id,
        "credential_id": unique(32),
        "public_key": b"a COSE key",
        "sign_count": 0,
        "backup_eligible": 1,
        "backed_up": 0,
        "created_day": TODAY,
    } | changes
    assert await operator_passkeys.add(database, **columns)
    return columns


async def test_an_operator_is_found_changed_and_listed(database: Database):
    first = await add_operator(database, created_day=1)
    second = await add_operator(database, created_day=2)

    await operators.set_roles(database, first, "auditor")
    assert await operators.join(database, first)

    row = await operators.find(database, first)
    assert row is not None
    assert (row["roles"], row["status"]) == ("auditor", "active")
    assert [row["id"] for row in await operators.everyone(database)] == [first, second]
    assert await operators.find(database, unique()) is None


async def test_who_is_disabled_stays_so_until_enabled(database: Database):
    first = await add_operator(database)
    assert [await operators.disable(database, first) for _ in range(2)] == [True, False]
    assert not await operators.join(database, first)
    row = await operators.find(database, first)
    assert row is not None
    assert row["status"] == "disabled"
    assert [await operators.enable(database, first, "active") for _ in range(2)] == [True, False]
    assert not await operators.disable(database, unique())
    assert not await operators.enable(database, unique(), "active")


async def test_who_is_removed_leaves_no_passkey_session_or_link(database: Database):
    operator_id, other = await add_operator(database), await add_operator(database)
    passkey, kept = await add_passkey(database, operator_id), await add_passkey(database, other)
    digest, tag = unique(32), unique(32)
    await operator_sessions.add(
        database, digest=digest, operator_id=operator_id, facts_sealed=b"", expires_day=TODAY
    )
    await operator_links.add(database, tag=tag, operator_id=operator_id, expires_at=NOW + 1)

    assert await operators.remove(database, operator_id)
    assert not await operators.remove(database, operator_id)

    assert await operator_passkeys.find(database, passkey["credential_id"]) is None
    assert await operator_sessions.find(database, digest) is None
    assert await operator_links.find(database, tag, now=NOW) is None
    assert await operator_passkeys.find(database, kept["credential_id"]) is not None


async def test_a_credential_is_never_two_operators(database: Database):
    first, second = await add_operator(database), await add_operator(database)
    added = await add_passkey(database, first)
    again = added | {"id": unique(), "operator_id": second}
    assert not await operator_passkeys.add(database, **again)
    found = await operator_passkeys.everyones(database)
    assert [(row["credential_id"], row["operator_id"]) for row in found] == [
        (added["credential_id"], first)
    ]


async def test_a_link_is_spent_by_one_of_many_at_once(nodes: list[Database]):
    operator_id, tag = await add_operator(nodes[0]), unique(32)
    await operator_links.add(nodes[0], tag=tag, operator_id=operator_id, expires_at=NOW + 1)
    turns = itertools.cycle(nodes)
    found = await asyncio.gather(
        *(operator_links.spend(next(turns), tag, now=NOW) for _ in range(16))
    )
    assert [one for one in found if one is not None] == [operator_id]


async def test_a_link_past_its_time_is_not_spent(database: Database):
    operator_id, tag = await add_operator(database), unique(32)
    await operator_links.add(database, tag=tag, operator_id=operator_id, expires_at=NOW)
    assert await operator_links.find(database, tag, now=NOW) is None
    assert await operator_links.spend(database, tag, now=NOW) is None
    assert await operator_links.prune(database, now=NOW, batch=9) == 1


async def test_a_session_is_read_with_its_operator_and_replaced_where_it_is_as_read(
    database: Database,
):
    operator_id, digest = await add_operator(database, roles="support"), unique(32)
    await operator_sessions.add(
        database, digest=digest, operator_id=operator_id, facts_sealed=b"one", expires_day=TODAY
    )
    await operator_sessions.replace(database, digest, old_facts=b"other", new_facts=b"two")
    row = await operator_sessions.find(database, digest)
    assert row is not None
    assert (row["facts_sealed"], row["roles"]) == (b"one", "support")
    await operator_sessions.replace(database, digest, old_facts=b"one", new_facts=b"two")
    row = await operator_sessions.find(database, digest)
    assert row is not None
    assert row["facts_sealed"] == b"two"
    assert await operator_sessions.prune(database, today=TODAY, batch=9) == 0
    assert await operator_sessions.prune(database, today=TODAY + 1, batch=9) == 1
