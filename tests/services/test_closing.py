"""Closing an account: everything goes, in one transaction here and told to the other store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.activity import Happened
from idp.domain.closing import SUSPENDED_DAYS, closed
from idp.domain.person import SuspensionNotice
from idp.domain.refusal import Cause, Refusal
from idp.services import housekeeping
from idp.services.enrolment import Enrolment, NewAccount
from idp.storage import closings, people
from idp.storage.database import Unavailable
from tests.services.conftest import proof
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

NOTICE = SuspensionNotice("A reason", "An authority", since_day=20_000, case_id="C-1")
DAY = 86400


@pytest_asyncio.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Provider]:
    """An instance for real people."""
    async with running(tmp_path, sandbox=False) as provider:
        yield provider


async def enrol(provider: Provider, number: str = "AB 1", *notices: SuspensionNotice) -> bytes:
    enrolment = provider.services.enrolment
    account = NewAccount(enrolment.new_user_id(), suspensions=notices)
    person_id = await enrolment.create(proof(number), account)
    assert person_id is not None
    return person_id


def counts(provider: Provider) -> dict[str, int]:
    """How many rows each table has, without those that no person is in."""
    left_out = {"provider.clients", "provider.provider_version", "enrolment.enrolment_version"}
    return {name: len(rows) for name, rows in dump(provider).items() if name not in left_out}


async def sweep(provider: Provider) -> None:
    await housekeeping.finish_closings(provider.services.closing)
    await housekeeping.prune_enrolments(
        provider.parts.enrolment_store, provider.services.enrolment, provider.clock
    )


async def refusal(provider: Provider, number: str = "AB 1") -> Refusal:
    with pytest.raises(Refusal) as refused:
        await enrol(provider, number)
    return refused.value


async def test_the_account_goes_and_its_identity_waits(instance: Provider):
    nobody = counts(instance)
    person_id = await enrol(instance)
    await instance.services.closing.close(person_id)
    after = counts(instance)
    assert after.pop("enrolment.enrolments") == 1
    assert after == {name: n for name, n in nobody.items() if name != "enrolment.enrolments"}
    assert await instance.services.enrolment.find(proof("AB 1")) is None
    refused = await refusal(instance)
    assert (refused.cause, refused.detail["until"]) == (Cause.ENROLMENT_COOLING_OFF, "2026-06-30")


async def test_the_cooling_off_is_as_long_as_the_wait_for_a_renewal(tmp_path: Path):
    async with running(tmp_path, sandbox=False, renewal_days=30) as provider:
        await provider.services.closing.close(await enrol(provider))
        provider.clock.advance(30 * DAY - 1)
        assert (await refusal(provider)).cause is Cause.ENROLMENT_COOLING_OFF
        provider.clock.advance(1)
        await enrol(provider)


async def test_who_comes_back_is_somebody_else_to_everybody(instance: Provider):
    person_id = await enrol(instance)
    await instance.services.closing.close(person_id)
    before = dump(instance)["enrolment.enrolments"][0]
    instance.clock.advance(180 * DAY)
    assert await enrol(instance) != person_id
    after = dump(instance)["enrolment.enrolments"][0]
    # The document's own tag is all that is the same, in the store where it keeps one from two.
    same = {value for value in before if isinstance(value, bytes)} & set(after)
    assert same == {before[0]}


async def test_nothing_is_left_when_the_time_is_over(instance: Provider):
    await instance.services.closing.close(await enrol(instance))
    instance.clock.advance(180 * DAY)
    await sweep(instance)
    assert dump(instance)["enrolment.enrolments"] == []


async def test_a_suspension_outlives_the_account_and_holds_for_whoever_comes_back(
    instance: Provider,
):
    await instance.services.closing.close(await enrol(instance, "AB 1", NOTICE))
    instance.clock.advance(181 * DAY)
    await sweep(instance)
    person = await instance.services.people.find(await enrol(instance))
    assert person is not None
    assert (person.status.value, person.notices) == ("suspended", (NOTICE,))


async def test_a_suspension_is_not_remembered_for_ever(instance: Provider):
    await instance.services.closing.close(await enrol(instance, "AB 1", NOTICE))
    instance.clock.advance(SUSPENDED_DAYS * DAY)
    await sweep(instance)
    assert dump(instance)["enrolment.enrolments"] == []
    person = await instance.services.people.find(await enrol(instance))
    assert person is not None
    assert person.notices == ()


async def test_a_suspension_shows_in_no_length(instance: Provider):
    await instance.services.closing.close(await enrol(instance, "AB 1", NOTICE))
    await instance.services.closing.close(await enrol(instance, "AB 2"))
    rows = dump(instance)["enrolment.enrolments"]
    assert len({tuple(len(v) for v in row if isinstance(v, bytes)) for row in rows}) == 1


class Killed(BaseException):
    """The process ends here; no handler of ours runs."""


STEPS = ["after the account is gone", "after the other store knows"]


@pytest.mark.parametrize("step", STEPS)
async def test_kill_between_two_steps_leaves_nothing_half_done(
    instance: Provider, monkeypatch: pytest.MonkeyPatch, step: str
):
    person_id = await enrol(instance)

    async def killed(*_args: object, **_kwargs: object) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        if step == STEPS[0]:
            patched.setattr(Enrolment, "close", killed)
        else:
            patched.setattr(closings, "remove", killed)
        with pytest.raises(Killed):
            await instance.services.closing.close(person_id)
    assert await people.find(instance.parts.database, person_id) is None
    # Nobody slips through in between: the identity has no account and can make none yet.
    enrolment = instance.services.enrolment
    if step == STEPS[0]:
        account = NewAccount(enrolment.new_user_id())
        assert await enrolment.create(proof("AB 1"), account) is None
    await sweep(instance)
    assert (await refusal(instance)).cause is Cause.ENROLMENT_COOLING_OFF
    assert dump(instance)["provider.closings"] == []


async def test_without_the_enrolment_store_the_account_is_gone_all_the_same(
    instance: Provider, monkeypatch: pytest.MonkeyPatch
):
    person_id = await enrol(instance)

    async def unavailable(*_args: object, **_kwargs: object) -> bool:
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(Enrolment, "close", unavailable)
        await instance.services.closing.close(person_id)
    assert await people.find(instance.parts.database, person_id) is None
    await sweep(instance)
    assert (await refusal(instance)).cause is Cause.ENROLMENT_COOLING_OFF


async def test_told_twice_the_enrolment_store_touches_no_later_account(instance: Provider):
    person_id = await enrol(instance)
    await instance.services.closing.close(person_id)
    instance.clock.advance(180 * DAY)
    await enrol(instance)
    today = instance.clock.now() // DAY
    assert not await instance.services.enrolment.close(person_id, closed(today, 180, ()))
    assert await instance.services.enrolment.find(proof("AB 1")) is not None


async def test_closing_twice_does_nothing_more(instance: Provider):
    person_id = await enrol(instance)
    await instance.services.closing.close(person_id)
    before = dump(instance)
    await instance.services.closing.close(person_id)
    assert dump(instance) == before


async def test_nobody_elses_rows_are_touched(instance: Provider):
    platform = await Platform.register(instance)
    person_id, neighbour = await enrol(instance), await enrol(instance, "AB 2")
    sector = platform.registered.client.sector
    services, database = instance.services, instance.parts.database
    for one in (person_id, neighbour):
        await services.pseudonyms.find_or_draw(database, sector, one)
        await services.activity.note(database, one, Happened.PLATFORM_ALLOWED, sector=sector)
    await services.closing.close(person_id)
    assert await services.pseudonyms.find(sector, person_id) is None
    assert await services.activity.events(person_id, [sector]) == []
    assert await services.pseudonyms.find(sector, neighbour) is not None
    kept = [event.happened for event in await services.activity.events(neighbour, [sector])]
    assert sorted(kept) == [Happened.ENROLLED, Happened.PLATFORM_ALLOWED]


async def test_a_persona_whose_account_was_closed_is_there_again_at_once(tmp_path: Path):
    async with running(tmp_path) as provider:
        sandbox = provider.services.sandbox
        assert sandbox is not None
        for persona in ("adult", "suspended"):
            first = await sandbox.sign_in(persona)
            await provider.services.closing.close(first)
            second = await sandbox.sign_in(persona)
            assert first != second
            person = await provider.services.people.find(second)
            assert person is not None
            assert len(person.notices) == (1 if persona == "suspended" else 0)
