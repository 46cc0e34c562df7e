"""A suspension and a login at the same moment: the login waits, or the suspension does.

Neither passes the other unseen, so whoever suspends can revoke all grants in that transaction.
"""

import asyncio
from collections.abc import Awaitable

import pytest

from idp.storage import grants, grants_born, people
from idp.storage.database import Connection, Database
from tests.support.rows import (
    ITEMS,
    TODAY,
    add_person,
    add_pseudonym,
    new_event,
    new_grant,
    put_consent,
)

A_WHILE = 0.15


class Login:
    """The final statement of a login by a person, in both of its forms."""

    def __init__(self, person_id: bytes, *, remembered: bool) -> None:
        self.person_id = person_id
        self.remembered = remembered
        self.grant = new_grant()

    async def prepare(self, node: Database) -> None:
        await add_pseudonym(node, self.grant.holder_tag)
        await put_consent(node, self.grant.consent_tag)

    async def issue(self, node: Connection) -> bool:
        event = new_event()
        if not self.remembered:
            return await grants_born.issue(node, self.grant, event, person_id=self.person_id)
        consent = grants_born.Remembered(self.person_id, ITEMS, TODAY)
        return await grants_born.issue_remembered(node, self.grant, event, consent)


@pytest.fixture(params=[False, True], ids=["asked", "remembered"])
async def login(request: pytest.FixtureRequest, nodes: list[Database]) -> Login:
    person_id = await add_person(nodes[0])
    found = Login(person_id, remembered=request.param)
    await found.prepare(nodes[0])
    return found


async def still_waits(work: "asyncio.Future[bool]") -> bool:
    await asyncio.wait([work], timeout=A_WHILE)
    return not work.done()


def started(work: Awaitable[bool]) -> "asyncio.Future[bool]":
    return asyncio.ensure_future(work)


async def test_a_login_waits_for_a_suspension_under_way_and_then_fails(
    nodes: list[Database], login: Login
):
    async with nodes[0].transaction() as suspending:
        assert await people.set_status(suspending, login.person_id, "suspended", None)
        issuing = started(login.issue(nodes[1]))
        assert await still_waits(issuing)

    assert not await issuing
    assert await grants.find(nodes[2], login.grant.id) is None


async def test_a_login_succeeds_when_the_suspension_it_waited_for_is_taken_back(
    nodes: list[Database], login: Login
):
    async def think_again() -> None:
        async with nodes[0].transaction() as suspending:
            await people.set_status(suspending, login.person_id, "suspended", None)
            issuing.append(started(login.issue(nodes[1])))
            await asyncio.sleep(A_WHILE)
            raise LookupError

    issuing: list[asyncio.Future[bool]] = []
    with pytest.raises(LookupError):
        await think_again()

    assert await issuing[0]


async def test_a_suspension_waits_for_a_login_under_way_and_then_sees_its_grant(
    nodes: list[Database], login: Login
):
    async def suspend() -> bool:
        async with nodes[0].transaction() as suspending:
            await people.set_status(suspending, login.person_id, "suspended", None)
            return await grants.find(suspending, login.grant.id) is not None

    async with nodes[1].transaction() as issuing:
        assert await login.issue(issuing)
        suspending = started(suspend())
        assert await still_waits(suspending)

    assert await suspending


@pytest.mark.postgres
async def test_two_logins_of_one_person_do_not_wait_for_each_other(
    nodes: list[Database], login: Login
):
    if nodes[0].dialect == "sqlite":
        return  # has one writer anyway
    other = Login(login.person_id, remembered=login.remembered)
    async with nodes[0].transaction() as issuing:
        assert await login.issue(issuing)
        assert await asyncio.wait_for(other.issue(nodes[1]), 2)


async def test_after_a_suspension_there_are_no_new_grants_however_many_try(
    nodes: list[Database], login: Login
):
    logins = [Login(login.person_id, remembered=login.remembered) for _ in range(20)]
    tries = [started(one.issue(nodes[n % 2])) for n, one in enumerate(logins)]
    async with nodes[2].transaction() as suspending:
        await people.set_status(suspending, login.person_id, "suspended", None)
        seen = {n for n, one in enumerate(logins) if await grants.find(suspending, one.grant.id)}

    won = {n for n, issued in enumerate(await asyncio.gather(*tries)) if issued}

    assert won == seen
