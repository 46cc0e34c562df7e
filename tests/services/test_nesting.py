"""The dedup secret gets a new version, one tag inside the other: one identity, one account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from idp.app import build_services
from idp.domain.secret_version import SecretState
from idp.services.enrolment import NewAccount
from idp.storage import dedup_tags, enrolments, people, secret_versions
from idp.storage.connect import connect
from idp.web.site import Services
from tests.services.conftest import proof
from tests.support.accounts import somebody
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.secret_lives import DEDUP, MAIL, Killed, begin, finish, states
from tests.support.whole_life import close


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False, **MAIL) as started:
        await started.services.secret_versions.load()
        yield started


async def enrol(services: Services, number: str) -> bytes | None:
    enrolment = services.enrolment
    return await enrolment.create(proof(number), NewAccount(enrolment.new_user_id()))


async def test_who_has_an_account_is_known_through_the_rotation(provider: Provider):
    services = provider.services
    first = await enrol(services, "N1")
    await services.secret_rotation.stage(DEDUP)
    second = await enrol(services, "N2")
    await services.secret_rotation.go_on(DEDUP)
    third = await enrol(services, "N3")
    await finish(provider, DEDUP)
    fourth = await enrol(services, "N4")
    for number, person_id in (("N1", first), ("N2", second), ("N3", third), ("N4", fourth)):
        assert person_id is not None
        assert await services.enrolment.find(proof(number)) == person_id
        assert await enrol(services, number) is None
    assert await states(provider, DEDUP) == {1: SecretState.KEPT, 2: SecretState.ACTIVE}
    assert await dedup_tags.count(provider.parts.enrolment_store, 2) == 0

    await begin(provider, DEDUP, 3)
    await finish(provider, DEDUP)
    assert await services.enrolment.find(proof("N1")) == first
    assert await enrol(services, "N2") is None
    assert await states(provider, DEDUP) == {
        1: SecretState.KEPT,
        2: SecretState.KEPT,
        3: SecretState.ACTIVE,
    }


async def test_a_registrars_code_of_before_leads_to_the_account(provider: Provider):
    vouchers, enrolment = provider.services.vouchers, provider.services.enrolment
    owner = await somebody(provider)
    tag = await vouchers.deposit(enrolment.identity(owner.proof))
    other = await vouchers.deposit(enrolment.identity(proof("N9")))
    await begin(provider, DEDUP)
    await finish(provider, DEDUP)
    assert await enrolment.find(await vouchers.open(tag)) == owner.person_id
    identity = await vouchers.open(other)
    made = await enrolment.create(identity, NewAccount(enrolment.new_user_id(), voucher=other))
    assert made is not None
    assert await enrolment.find(proof("N9")) == made


async def test_an_account_closed_before_enrols_again_after(provider: Provider):
    owner = await somebody(provider)
    await close(owner)
    await begin(provider, DEDUP)
    await finish(provider, DEDUP)
    provider.clock.advance(400 * 86400)
    enrolment = provider.services.enrolment
    again = await enrolment.create(owner.proof, NewAccount(enrolment.new_user_id()))
    assert again is not None
    assert await enrolment.find(owner.proof) == again


@pytest.mark.parametrize("after", [0, 4])
async def test_nesting_that_was_killed_goes_on_where_it_stopped(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, after: int
):
    made = [await enrol(provider.services, f"N{number}") for number in range(6)]
    nested, left = dedup_tags.nest, [after]

    async def until_killed(*given, **named) -> None:  # noqa: ANN002, ANN003
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        await nested(*given, **named)

    rotation = provider.services.secret_rotation
    await rotation.stage(DEDUP)
    with monkeypatch.context() as broken:
        broken.setattr(dedup_tags, "nest", until_killed)
        with pytest.raises(Killed):
            await rotation.go_on(DEDUP)
    assert (await rotation.left(DEDUP)).movable == 6 - after
    for number in range(6):
        assert await enrol(provider.services, f"N{number}") is None
    await rotation.go_on(DEDUP)
    assert (await rotation.left(DEDUP)).movable == 0
    found = [await provider.services.enrolment.find(proof(f"N{number}")) for number in range(6)]
    assert found == made


async def test_a_reservation_that_moves_while_it_is_made_is_confirmed(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    """Its tag is another one by the time that the account is there."""
    services, confirmed = provider.services, enrolments.confirm

    async def late(*given, **named) -> bool:  # noqa: ANN002, ANN003
        monkeypatch.setattr(enrolments, "confirm", confirmed)
        store = provider.parts.enrolment_store
        (row,) = await dedup_tags.some(store, 2, after=b"", page=9)
        keys = services.enrolment._identities._dedup
        new = keys.lift(row["dedup_tag"], 1, 2)
        await dedup_tags.nest(given[0], row["dedup_tag"], 1, new_tag=new, new_version=2)
        return await confirmed(*given, **named)

    await services.secret_rotation.stage(DEDUP)
    monkeypatch.setattr(enrolments, "confirm", late)
    person_id = await enrol(services, "N1")
    assert person_id is not None
    assert await services.enrolment.find(proof("N1")) == person_id


@asynccontextmanager
async def another_node(provider: Provider) -> AsyncIterator[Services]:
    settings = provider.parts.settings
    parts = replace(
        provider.parts,
        database=connect(settings.database_url, durable=False),
        enrolment_store=connect(settings.enrolment_database_url, durable=False),
    )
    async with parts.opened():
        services = build_services(parts)
        await services.secret_versions.load()
        yield services


@pytest.mark.postgres
async def test_racing_servers_with_different_versions_make_one_account_of_one_identity(
    postgres: Postgres, tmp_path: Path
):
    urls = [postgres.new_database() for _ in range(2)]
    async with running(
        tmp_path, database_url=urls[0], enrolment_database_url=urls[1], sandbox=False
    ) as provider:
        await provider.services.secret_versions.load()
        async with another_node(provider) as late:
            rotation = provider.services.secret_rotation
            await rotation.stage(DEDUP)
            await late.secret_versions.load()
            every = await secret_versions.everyone(provider.parts.database)
            old, new = (one for one in every if one.domain is DEDUP)
            await rotation._activate(old, new)
            active = [one.secret_versions.secret(DEDUP).active for one in (provider.services, late)]
            assert active == [2, 1]
            for number in range(12):
                nodes = (late, provider.services, late, provider.services)
                made = await asyncio.gather(*(enrol(node, f"N{number}") for node in nodes))
                assert len([one for one in made if one is not None]) == 1
        assert await people.count(provider.parts.database, sandbox=False) == 12
        assert (
            len(await dedup_tags.some(provider.parts.enrolment_store, 9, after=b"", page=99)) == 12
        )
