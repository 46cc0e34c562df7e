"""Signing keys rotate by themselves, in no state that needs a human (promise P7)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from idp.app import build_services
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.rotation import Step
from idp.domain.signing_key import ALGORITHMS, KeyState
from idp.keystore import Signer
from idp.keystore.errors import KeystoreUnfinishedError
from idp.storage.connect import connect
from tests.support.postgres import Postgres
from tests.support.provider import Provider
from tests.support.rotating import Front, Shelf, days, kids_in, minute, ripen, started, states

PERIOD = 90


@pytest.fixture
def front() -> Front:
    return Front()


@pytest_asyncio.fixture
async def provider(tmp_path: Path, front: Front) -> AsyncIterator[Provider]:
    async with started(tmp_path, front) as one:
        yield one


def each(**numbers: int) -> dict[str, Counter[str]]:
    return {alg: Counter(numbers) for alg in ALGORITHMS}


async def active(provider: Provider, alg: str) -> str:
    keys = await provider.services.key_lives.everyone()
    return next(k.kid for k in keys if k.alg == alg and k.state is KeyState.ACTIVE)


async def test_p7_keys_rotate_by_themselves_and_one_always_waits(provider: Provider):
    first = await active(provider, "ES256")
    await minute(provider)
    assert await states(provider) == each(active=1, published=1)

    await days(provider, PERIOD - 1)
    assert await active(provider, "ES256") == first
    await days(provider, 1)
    assert await active(provider, "ES256") != first
    assert await states(provider) == each(active=1, published=1, retired=1)

    await days(provider, 1)
    assert await states(provider) == each(active=1, published=1, removed=1)
    assert len(provider.parts.keystore.signers()) == 2 * len(ALGORITHMS)
    status = await provider.services.rotation.status()
    assert (status.failures, dict(status.problems)) == (0, {})
    assert status.ran_at == status.done_at == provider.clock.now()
    assert {due.step for due in status.coming.values()} == {Step.ACTIVATE}


async def test_p7_nothing_changes_by_itself_where_the_operator_said_so(
    tmp_path: Path, front: Front
):
    async with started(tmp_path, front, key_rotation_days=0) as provider:
        staged = await provider.services.key_lives.stage("ES256")
        await days(provider, 1000)
        assert await states(provider) == each(active=1) | {"ES256": Counter(active=1, published=1)}
        status = await provider.services.rotation.status()
        assert (status.ran_at, dict(status.coming)) == (None, {})
        seen = await provider.services.key_lives.one(staged.kid)
        assert seen.seen_at is not None  # so that it may be activated by hand


async def test_p7_a_rotation_waits_for_what_platforms_see_says_so_and_goes_on(
    provider: Provider, front: Front
):
    first = await active(provider, "RS256")
    front.keep()
    await days(provider, PERIOD)
    await minute(provider, 70)
    status = await provider.services.rotation.status()
    assert "not in the JWKS at the issuer's address" in status.problems["RS256"]
    assert status.failures == 0
    front.internet.down.add("localhost")
    await minute(provider)
    assert "does not answer" in (await provider.services.rotation.status()).problems["outside"]
    assert await active(provider, "RS256") == first

    front.internet.down.clear()
    front.kept = None
    await minute(provider, 61)
    assert await active(provider, "RS256") != first
    assert (await provider.services.rotation.status()).problems == {}


async def test_p7_a_rotation_waits_for_a_machine_that_lacks_the_key_until_it_is_copied(
    provider: Provider,
):
    """Two machines, each with a folder of its own, of which one makes the keys."""
    own = Shelf.of(provider.parts.keystore)
    other = build_services(replace(provider.parts, keystore=own))
    first = await active(provider, "ES256")
    await minute(provider, 2)
    provider.clock.advance(PERIOD * SECONDS_PER_DAY)
    await other.key_lives.keep_up()
    await minute(provider, 2)
    assert "lacks its private half" in (await other.rotation.status()).problems["ES256"]
    assert await active(provider, "ES256") == first

    own._signers = tuple(provider.parts.keystore.signers())  # by hand, as docs/operators.md says
    await other.key_lives.keep_up()
    await minute(provider)
    await other.key_lives.keep_up()
    assert await active(provider, "ES256") != first
    assert other.keys.signer("ES256").kid == await active(provider, "ES256")


async def test_p7_a_key_lost_with_its_machine_is_withdrawn_and_another_made(provider: Provider):
    await minute(provider)
    store = provider.parts.keystore
    assert isinstance(store, Shelf)
    lost = await kids_in(KeyState.PUBLISHED, provider)
    store._signers = tuple(one for one in store.signers() if one.kid not in lost)
    provider.services.keys.take(store.signers())
    await minute(provider, 66)
    assert await states(provider) == each(active=1, removed=1, published=1)


async def test_one_algorithm_that_fails_holds_up_no_other(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    make = Shelf.make

    def making(store: Shelf, alg: str, *given: Any) -> Signer:
        if alg == "PS256":
            raise OSError("no space left")
        return make(store, alg, *given)

    monkeypatch.setattr(Shelf, "make", making)
    await minute(provider, 3)
    assert await states(provider) == each(active=1, published=1) | {"PS256": Counter(active=1)}
    status = await provider.services.rotation.status()
    assert (status.failures, dict(status.problems)) == (1, {"PS256": "stage failed: OSError"})
    assert status.done_at is None
    monkeypatch.undo()
    await minute(provider)
    status = await provider.services.rotation.status()
    assert (status.failures, status.done_at) == (1, provider.clock.now())


@pytest.mark.parametrize("act", ["make", "destroy"])
async def test_a_store_that_another_process_is_changing_is_come_back_to(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, act: str
):
    def busy(*_: object) -> None:
        raise KeystoreUnfinishedError("being changed")

    if act == "destroy":
        await days(provider, 1)
        await days(provider, PERIOD)
    with monkeypatch.context() as broken:
        broken.setattr(Shelf, act, busy)
        await days(provider, 1)
        status = await provider.services.rotation.status()
        assert (status.failures, set(status.problems.values())) == (
            0,
            {"being changed"} if act == "make" else set(),
        )
    await minute(provider)
    signers = provider.parts.keystore.signers()
    live = await kids_in(KeyState.ACTIVE, provider) | await kids_in(KeyState.PUBLISHED, provider)
    assert {signer.kid for signer in signers} == live
    assert len(live) == 2 * len(ALGORITHMS)


async def test_a_node_that_fails_leaves_the_next_turn_to_another(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    other = build_services(provider.parts)
    with monkeypatch.context() as broken:
        broken.setattr(Shelf, "make", lambda *_: 1 / 0)
        await minute(provider)
    provider.clock.advance(60)
    assert await provider.services.rotation.run() is False
    assert await other.rotation.run() is True
    assert await states(provider) == each(active=1, published=1)


async def test_p7_who_slept_beyond_the_lease_writes_nothing_and_the_next_takes_its_key(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    make = Shelf.make
    slept: list[bool] = []

    def making(store: Shelf, *given: Any) -> Signer:
        if not slept:
            slept.append(True)
            provider.clock.advance(200)  # RSA on a machine that stood still
        return make(store, *given)

    monkeypatch.setattr(Shelf, "make", making)
    assert await provider.services.rotation.run() is False
    assert await states(provider) == each(active=1)
    assert (await provider.services.rotation.status()).ran_at is None
    assert len(provider.parts.keystore.signers()) == len(ALGORITHMS) + 1

    await minute(provider)
    assert await states(provider) == each(active=1, published=1)
    assert len(provider.parts.keystore.signers()) == 2 * len(ALGORITHMS)


async def test_a_node_that_could_not_sign_does_not_lead(provider: Provider):
    own = Shelf.of(provider.parts.keystore)
    await minute(provider)
    await ripen(provider)
    waiting = next(
        k for k in await provider.services.key_lives.everyone() if k.state is KeyState.PUBLISHED
    )
    await provider.services.key_lives.activate(waiting.kid)
    behind = build_services(replace(provider.parts, keystore=own))
    with pytest.raises(ValueError, match=waiting.kid):
        await behind.rotation.run()
    assert await provider.services.rotation.run() is True


@pytest.mark.postgres
async def test_p7_of_two_nodes_that_race_one_acts(tmp_path: Path, postgres: Postgres, front: Front):
    urls: dict[str, Any] = {
        name: postgres.new_database() for name in ("database_url", "enrolment_database_url")
    }
    async with started(tmp_path, front, **urls) as provider:
        second = connect(urls["database_url"], durable=False)
        await second.open()
        try:
            other = build_services(replace(provider.parts, database=second))
            await other.key_lives.keep_up()
            runs = [node.rotation.run() for node in (provider.services, other) for _ in range(3)]
            assert sorted(await asyncio.gather(*runs)) == [False] * 5 + [True]
            assert await states(provider) == each(active=1, published=1)
            provider.clock.advance(PERIOD * SECONDS_PER_DAY)
            for node in (provider.services, other):
                await node.key_lives.keep_up()
            runs = [node.rotation.run() for node in (provider.services, other)]
            assert sorted(await asyncio.gather(*runs)) == [False, True]
            assert (await states(provider))["RS256"] == Counter(active=1, published=1)
        finally:
            await second.close()
