"""A signing key that is stolen ends at once; another signs, and people stay signed in."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from idp.domain.audit import Act, Via
from idp.domain.signing_key import KeyState, SigningKey, WrongStep
from idp.protocol import jose
from idp.storage import signing_keys
from idp.storage.database import Connection
from tests.support import refreshing
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.rotating import Front, ripen, wait_for

HOUR = 3600


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    front = Front()
    async with running(tmp_path, internet=front.internet) as started:
        front.stand_before(started)
        await started.services.key_lives.keep_up()
        yield started


async def active(provider: Provider, alg: str = "ES256") -> str:
    keys = await provider.services.key_lives.everyone()
    (kid,) = [key.kid for key in keys if key.alg == alg and key.state is KeyState.ACTIVE]
    return kid


async def revoke(provider: Provider, *kids: str) -> list[str | None]:
    """Give keys up, as the command does; return who signs in the place of each."""
    compromise, successors = provider.services.compromise, []
    for kid in kids:
        plan = await compromise.plan(kid, also=kids)
        successors.append((await compromise.revoke(plan, also=kids)).successor)
    await provider.services.key_lives.keep_up()
    return successors


async def state(provider: Provider, kid: str) -> KeyState:
    return (await provider.services.key_lives.one(kid)).state


def held(provider: Provider) -> set[str]:
    return {signer.kid for signer in provider.parts.keystore.signers()}


def served(provider: Provider) -> set[str]:
    return {key["kid"] for key in json.loads(provider.services.keys.served())["keys"]}


async def test_the_key_that_waits_signs_at_once_and_the_stolen_one_is_gone(provider: Provider):
    bad, lives = await active(provider), provider.services.key_lives
    token = await provider.services.keys.sign("ES256", {"sub": "somebody"}, typ="JWT")
    standby = await lives.stage("ES256")
    await ripen(provider)
    plan = await provider.services.compromise.plan(bad)
    assert (plan.successor, plan.makes_one, plan.fails_until) == (standby.kid, False, None)
    assert await state(provider, bad) is KeyState.ACTIVE  # a plan changes nothing

    assert await revoke(provider, bad) == [standby.kid]

    assert await state(provider, bad) is KeyState.COMPROMISED
    assert await state(provider, standby.kid) is KeyState.ACTIVE
    assert bad not in served(provider) | held(provider)
    assert provider.services.keys.signer("ES256").kid == standby.kid
    for keys in (provider.services.keys.public, provider.services.keys.known):
        with pytest.raises(jose.JwtRefused, match="unknown kid"):
            jose.verify(token, keys, algs=["ES256"], typs=["jwt"])


async def test_the_audit_log_tells_of_it(provider: Provider):
    bad = await active(provider)
    (successor,) = await revoke(provider, bad)
    entries = await provider.services.operations.audit.page()
    told = {(entry.act, entry.subject) for entry in entries}
    assert told >= {(Act.KEY_COMPROMISED, bad), (Act.KEY_ACTIVATED, successor)}


async def test_where_none_waits_one_is_made_and_who_may_fail_is_told(provider: Provider):
    bad, now = await active(provider), provider.clock.now()
    plan = await provider.services.compromise.plan(bad)
    assert (plan.successor, plan.makes_one) == (None, True)
    assert plan.fails_until == now + HOUR + 300
    assert plan.believed_until == now + HOUR + 300

    (successor,) = await revoke(provider, bad)

    assert successor is not None
    assert provider.services.keys.signer("ES256").kid == successor
    assert bad not in served(provider)


async def test_a_key_that_waits_and_is_young_is_better_than_one_that_nobody_knows(
    provider: Provider,
):
    bad, lives = await active(provider), provider.services.key_lives
    standby = await lives.stage("ES256")
    await lives.keep_up()
    await wait_for(provider, 250)
    plan = await provider.services.compromise.plan(bad)
    assert plan.successor == standby.kid
    assert plan.fails_until == provider.clock.now() - 250 + HOUR + 300


async def test_a_key_that_was_stolen_too_does_not_take_over(provider: Provider):
    bad, lives = await active(provider), provider.services.key_lives
    standby = await lives.stage("ES256")
    await ripen(provider)
    successor, none = await revoke(provider, bad, standby.kid)
    assert none is None
    assert successor not in {None, bad, standby.kid}
    assert await state(provider, standby.kid) is KeyState.COMPROMISED
    assert served(provider) & {bad, standby.kid} == set()


async def test_old_keys_can_be_given_up_too(provider: Provider):
    old, lives = await active(provider), provider.services.key_lives
    standby = await lives.stage("ES256")
    await ripen(provider)
    await lives.activate(standby.kid)
    assert await revoke(provider, old) == [None]
    assert await state(provider, old) is KeyState.COMPROMISED
    assert provider.services.keys.signer("ES256").kid == standby.kid


async def test_nobody_gives_up_a_key_that_is_not_there(provider: Provider):
    with pytest.raises(WrongStep):
        await provider.services.compromise.plan("nobody")


async def test_what_was_given_since_ends_and_what_was_given_before_stays(
    provider: Provider,
):
    browser = provider.browser()
    given = provider.services.given
    first = await refreshing.connect(await refreshing.register(provider), browser)
    await wait_for(provider, 250)
    since = provider.clock.now()
    second = await refreshing.connect(await refreshing.register(provider), browser)
    short = await (await refreshing.register(provider)).tokens(browser)
    assert await given.count(since) == 2

    await revoke(provider, await active(provider))
    told: list[int] = []
    assert await given.end(since, told.append) == 2

    assert (len(told), await given.count(since)) == (2, 0)
    assert await first.is_alive()
    await first.refresh()
    assert await first.is_honoured()
    refreshing.refused(await second.platform.refresh(second.live))
    assert not await second.is_honoured(short)


async def test_a_grant_that_somebody_broke_keeps_no_other_alive(provider: Provider):
    browser, given = provider.browser(), provider.services.given
    since = provider.clock.now()
    for _ in range(3):
        connected = await refreshing.connect(await refreshing.register(provider), browser)
        assert await connected.is_alive()
    file = provider.parts.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as thief, thief:
        thief.execute(
            "UPDATE grants SET facts_sealed = x'00' WHERE id = (SELECT min(id) FROM grants)"
        )
    await revoke(provider, await active(provider))
    assert await given.end(since, lambda _: None) == 3
    assert await given.count(0) == 0


async def test_people_stay_signed_in(provider: Provider):
    browser = provider.browser()
    platform = await refreshing.register(provider)
    await platform.tokens(browser, remember=True)
    await revoke(provider, await active(provider), await active(provider, "RS256"))
    await provider.services.given.end(0, lambda _: None)
    answer = await browser.get(platform.address(prompt="none"))
    assert "code" in answer.location_query
    tokens = (await platform.redeem(answer.location_query["code"])).json()
    assert (await platform.userinfo(tokens["access_token"])).status == 200


async def test_what_a_kill_left_of_a_stolen_key_is_destroyed_by_the_next_look(provider: Provider):
    bad, compromise = await active(provider), provider.services.compromise
    plan = await compromise.plan(bad)
    lives, now = provider.services.key_lives, provider.clock.now()
    fresh = await lives.stage("ES256")
    async with provider.parts.database.transaction() as transaction:  # and then it was killed
        given_up, signs = (await lives.one(bad), plan.key), fresh.hurried(now)
        await lives.take_over(transaction, signs, via=Via.COMMAND, first=[given_up])
    assert bad in held(provider)

    await lives.keep_up()

    assert bad not in held(provider)
    again = await compromise.revoke(await compromise.plan(bad))
    assert again.key.state is KeyState.COMPROMISED


async def test_a_key_that_the_calendar_moves_meanwhile_is_given_up_all_the_same(
    provider: Provider,
):
    bad, lives = await active(provider), provider.services.key_lives
    standby = await lives.stage("ES256")
    await ripen(provider)
    compromise = provider.services.compromise
    plan = await compromise.plan(bad)

    class Hasty(type(lives)):  # type: ignore[misc]
        """Leads keys, and comes too late the first time."""

        async def one(self, kid: str, connection: Connection | None = None) -> SigningKey:
            found = await lives.one(kid, connection)
            if found.state is KeyState.ACTIVE and kid == bad:
                await lives.activate(standby.kid)
            return found

    hasty = Hasty.__new__(Hasty)
    hasty.__dict__ |= lives.__dict__
    compromise._lives = hasty

    await compromise.revoke(plan)

    assert await state(provider, bad) is KeyState.COMPROMISED
    assert await state(provider, standby.kid) is KeyState.ACTIVE


@pytest.mark.postgres
async def test_who_gives_a_key_up_while_it_takes_over_waits_for_nobody_for_ever(
    tmp_path: Path, postgres: Postgres
):
    """The log's row comes last of all: in between, one of the two would have been turned away."""
    async with running(tmp_path, database_url=postgres.new_database()) as own:
        database, lives = own.parts.database, own.services.key_lives
        await lives.keep_up()
        now, waiting = own.clock.now(), await lives.stage("ES256")

        async def rotate() -> None:
            async with database.transaction() as other:
                await lives.take_over(other, waiting.hurried(now), via=Via.SCHEDULE)

        async with database.transaction() as ours:
            assert await signing_keys.move(ours, waiting, waiting.compromised(now))
            rotating = asyncio.create_task(rotate())
            await until_somebody_waits(own.parts.settings.database_url)
            audit = own.services.operations.audit
            await audit.record(ours, Act.KEY_COMPROMISED, subject=waiting.kid, via=Via.COMMAND)
        with pytest.raises(WrongStep):
            await rotating
        assert await state(own, waiting.kid) is KeyState.COMPROMISED


async def until_somebody_waits(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(10):
        while not await connection.fetchval(waits):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    await connection.close()
