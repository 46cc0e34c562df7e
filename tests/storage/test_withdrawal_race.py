"""A withdrawal or a renewal, and a login at the same moment: one waits for the other.

Otherwise a login could pass a withdrawal unseen, and its grant would outlive what it stands on.
"""

import asyncio
from collections.abc import Awaitable

import pytest

from idp.storage import consents, grants, grants_born, pseudonyms
from idp.storage.database import Connection, Database
from tests.support.rows import (
    CONSENT,
    HOLDER,
    ITEMS,
    TODAY,
    add_person,
    add_pseudonym,
    new_event,
    new_grant,
    put_consent,
    unique,
)

A_WHILE = 0.15
GRANT = new_grant()


@pytest.fixture
def person_id() -> bytes:
    return unique()


async def prepare(node: Database, person_id: bytes) -> bytes:
    """Store a person with a pseudonym and a consent; return the network ID's tag."""
    await add_person(node, id=person_id)
    await put_consent(node)
    return await add_pseudonym(node, HOLDER)


async def log_in(node: Connection, person_id: bytes) -> bool:
    remembered = grants_born.Remembered(person_id, ITEMS, TODAY)
    return await grants_born.issue_remembered(node, GRANT, new_event(), remembered)


async def withdraw(node: Database) -> None:
    async with node.transaction() as transaction:
        await consents.remove(transaction, [CONSENT])
        await grants.revoke_of_consents(transaction, [HOLDER], [CONSENT])


async def is_revoked(node: Database) -> bool:
    row = await grants.find(node, GRANT.id)
    return row is not None and bool(row["revoked"])


async def still_waits(work: "asyncio.Future[object]") -> bool:
    await asyncio.wait([work], timeout=A_WHILE)
    return not work.done()


def started(work: Awaitable[object]) -> "asyncio.Future[object]":
    return asyncio.ensure_future(work)


async def test_a_silent_login_waits_for_a_withdrawal_under_way_and_then_finds_no_consent(
    nodes: list[Database], person_id: bytes
):
    await prepare(nodes[0], person_id)
    async with nodes[0].transaction() as withdrawing:
        await consents.remove(withdrawing, [CONSENT])
        login = started(log_in(nodes[1], person_id))
        assert await still_waits(login)
        await grants.revoke_of_consents(withdrawing, [HOLDER], [CONSENT])
    assert await login is False
    assert await grants.find(nodes[2], GRANT.id) is None


async def test_a_withdrawal_waits_for_a_silent_login_under_way_and_then_ends_its_grant(
    nodes: list[Database], person_id: bytes
):
    await prepare(nodes[0], person_id)
    async with nodes[0].transaction() as logging_in:
        assert await log_in(logging_in, person_id)
        withdrawal = started(withdraw(nodes[1]))
        assert await still_waits(withdrawal)
    await withdrawal
    assert await is_revoked(nodes[2])


async def test_a_renewal_waits_for_a_login_that_was_allowed_and_then_ends_its_grant(
    nodes: list[Database], person_id: bytes
):
    old = await prepare(nodes[0], person_id)

    async def renew(node: Database) -> bool:
        async with node.transaction() as transaction:
            renewed = await pseudonyms.replace(
                transaction,
                HOLDER,
                old_network_id_tag=old,
                new_network_id_tag=unique(32),
                facts_sealed=b"new",
            )
            await grants.revoke_of_holders(transaction, [HOLDER])
            return renewed

    async with nodes[0].transaction() as logging_in:
        assert await pseudonyms.hold(logging_in, HOLDER)
        assert await grants_born.issue(logging_in, GRANT, new_event(), person_id=person_id)
        renewal = started(renew(nodes[1]))
        assert await still_waits(renewal)
    assert await renewal is True
    assert await is_revoked(nodes[2])


async def test_a_login_waits_for_a_renewal_under_way_and_then_reads_the_new_network_id(
    nodes: list[Database], person_id: bytes
):
    old, new = await prepare(nodes[0], person_id), unique(32)

    async def known(node: Database) -> bytes | None:
        async with node.transaction() as transaction:
            row = await pseudonyms.hold(transaction, HOLDER)
            return None if row is None else row["network_id_tag"]

    async with nodes[0].transaction() as renewing:
        assert await pseudonyms.replace(
            renewing, HOLDER, old_network_id_tag=old, new_network_id_tag=new, facts_sealed=b"new"
        )
        login = started(known(nodes[1]))
        assert await still_waits(login)
    assert await login == new
