"""Codes from an office: what is kept of a proof, how long, and how often it is used."""

import asyncio

import pytest

from idp.domain import enrolment_code
from idp.domain.assurance import Assurance
from idp.domain.closing import closed
from idp.domain.refusal import Cause, Refusal
from idp.domain.secret_key import VersionedSecret
from idp.services import housekeeping, vouchers
from idp.services.enrolment import RESERVATION_SECONDS, NewAccount
from idp.storage import people
from idp.storage import vouchers as rows
from tests.services.conftest import BORN, proof
from tests.services.test_enrolment import PASSKEY, Killed, die_at
from tests.support.provider import Provider
from tests.support.shared_provider import dump

NUMBER = "QX 771 009 993"


async def issue(provider: Provider, number: str = NUMBER, *, seconds: int = 3600) -> bytes:
    """Issue a code and open it as the person would; return its tag."""
    services = provider.services
    identity = services.enrolment.identity(proof(number))
    issued = await services.vouchers.issue(identity, seconds=seconds)
    return await services.vouchers.of_code(enrolment_code.parse(issued.code))


async def enrol(provider: Provider, tag: bytes) -> bytes | None:
    enrolment = provider.services.enrolment
    identity = await provider.services.vouchers.open(tag)
    return await enrolment.create(identity, NewAccount(enrolment.new_user_id(), voucher=tag))


async def cause_of(provider: Provider, tag: bytes) -> Cause:
    with pytest.raises(Refusal) as refused:
        await enrol(provider, tag)
    return refused.value.cause


async def test_a_code_leads_to_what_was_proved_and_to_no_number(provider: Provider):
    tag = await issue(provider)
    identity = await provider.services.vouchers.open(tag)
    assert identity == provider.services.enrolment.identity(proof(NUMBER))
    assert identity.birth_date == BORN
    assert identity.evidence.level == Assurance.HIGH
    stored = repr(dump(provider))
    for secret in ("771009993", "771 009 993", BORN.isoformat(), identity.tag.hex()):
        assert secret not in stored
        assert repr(secret.encode())[2:-1] not in stored


async def test_a_code_is_stored_in_no_form_that_could_be_tried(provider: Provider):
    identity = provider.services.enrolment.identity(proof(NUMBER))
    issued = await provider.services.vouchers.issue(identity)
    code = enrolment_code.parse(issued.code)
    [[tag, _, sealed, day, holder]] = dump(provider)["enrolment.vouchers"]
    assert code.encode() not in tag + sealed
    assert (len(tag), holder) == (32, None)
    assert day == issued.expires_at // 86400  # a day and no time: nobody's hour at the office
    assert issued.code not in repr(issued)


async def test_a_code_is_good_until_its_time_is_over_and_not_a_second_longer(provider: Provider):
    tag = await issue(provider, seconds=vouchers.SHORTEST_SECONDS)
    provider.clock.advance(vouchers.SHORTEST_SECONDS - 1)
    await provider.services.vouchers.open(tag)
    provider.clock.advance(1)
    assert await cause_of(provider, tag) is Cause.ENROLMENT_CODE_UNKNOWN


@pytest.mark.parametrize(
    "seconds", [0, vouchers.SHORTEST_SECONDS - 1, vouchers.LONGEST_SECONDS + 1, 10**9]
)
async def test_no_code_is_valid_for_less_than_15_minutes_or_more_than_14_days(
    provider: Provider, seconds: int
):
    identity = provider.services.enrolment.identity(proof(NUMBER))
    with pytest.raises(ValueError, match="15 minutes to 14 days"):
        await provider.services.vouchers.issue(identity, seconds=seconds)


async def test_a_code_that_never_was_is_unknown(provider: Provider):
    with pytest.raises(Refusal) as refused:
        await provider.services.vouchers.of_code("0000000000")
    assert refused.value.cause is Cause.ENROLMENT_CODE_UNKNOWN


async def test_a_proof_made_under_a_dedup_key_that_is_not_here_is_not_used(provider: Provider):
    """Its tag would miss the account that the identity has."""
    tag = await issue(provider)
    other = VersionedSecret({2: bytes(range(32))}, active=2)
    provider.services.vouchers._dedup.use(other)
    assert await cause_of(provider, tag) is Cause.ENROLMENT_CODE_UNKNOWN


async def test_the_account_uses_the_code_up(provider: Provider):
    tag = await issue(provider)
    assert await enrol(provider, tag) is not None
    assert await cause_of(provider, tag) is Cause.ENROLMENT_CODE_UNKNOWN
    assert dump(provider)["enrolment.vouchers"] == []


async def test_of_many_that_use_one_code_at_once_one_gets_an_account(provider: Provider):
    tag = await issue(provider)
    found = await asyncio.gather(*(enrol(provider, tag) for _ in range(8)), return_exceptions=True)
    assert len([one for one in found if isinstance(one, bytes)]) == 1
    assert await people.count(provider.parts.database, sandbox=False) == 1


async def test_two_codes_of_one_person_give_one_account_and_one_code_stays(provider: Provider):
    first, second = await issue(provider), await issue(provider)
    assert await enrol(provider, first) is not None
    assert await enrol(provider, second) is None
    await provider.services.vouchers.spend(second)
    with pytest.raises(Refusal):
        await provider.services.vouchers.spend(second)


async def test_a_passkey_that_is_refused_leaves_the_code_as_it_was(provider: Provider):
    enrolment = provider.services.enrolment
    account = NewAccount(enrolment.new_user_id(), passkey=PASSKEY)
    assert await enrolment.create(proof("another"), account) is not None
    tag = await issue(provider)
    again = NewAccount(enrolment.new_user_id(), passkey=PASSKEY, voucher=tag)
    with pytest.raises(Refusal):
        await enrolment.create(await provider.services.vouchers.open(tag), again)
    assert await enrol(provider, tag) is not None


@pytest.mark.parametrize(("step", "left"), [("create", 1), ("confirm", 0)])
async def test_a_process_that_dies_half_way_neither_loses_a_code_nor_leaves_it_for_a_second_use(
    provider: Provider, step: str, left: int
):
    tag = await issue(provider)
    with pytest.MonkeyPatch.context() as patched:
        die_at(patched, step)
        with pytest.raises(Killed):
            await enrol(provider, tag)
    assert await enrol(provider, tag) is None  # it might still be alive

    provider.clock.advance(RESERVATION_SECONDS)
    await sweep(provider)

    assert len(dump(provider)["enrolment.vouchers"]) == left
    assert await people.count(provider.parts.database, sandbox=False) == 1 - left
    if left:
        assert await enrol(provider, tag) is not None
    assert await people.count(provider.parts.database, sandbox=False) == 1
    assert await cause_of(provider, tag) is Cause.ENROLMENT_CODE_UNKNOWN


async def test_the_reaper_touches_nothing_that_may_still_be_alive(provider: Provider):
    tag = await issue(provider)
    with pytest.MonkeyPatch.context() as patched:
        die_at(patched, "create")
        with pytest.raises(Killed):
            await enrol(provider, tag)
    provider.clock.advance(RESERVATION_SECONDS - 1)
    before = dump(provider)
    await sweep(provider)
    assert dump(provider) == before


async def test_a_closed_account_keeps_its_identity_from_enrolling_until_the_day(
    provider: Provider,
):
    tag = await issue(provider, seconds=vouchers.LONGEST_SECONDS)
    person_id = await enrol(provider, tag)
    assert person_id is not None
    left = closed(provider.clock.now() // 86400, 2, ())
    assert await provider.services.enrolment.close(person_id, left)
    await people.remove(provider.parts.database, person_id)

    again = await issue(provider, seconds=vouchers.LONGEST_SECONDS)
    with pytest.raises(Refusal) as refused:
        await enrol(provider, again)
    assert refused.value.cause is Cause.ENROLMENT_COOLING_OFF
    assert refused.value.detail["until"] == "2026-01-03"

    provider.clock.advance(2 * 86400)
    created = await enrol(provider, again)
    assert created not in {None, person_id}


async def test_a_closed_identity_is_forgotten_when_its_time_is_over(provider: Provider):
    person_id = await enrol(provider, await issue(provider))
    assert person_id is not None
    today = provider.clock.now() // 86400
    assert await provider.services.enrolment.close(person_id, closed(today, 1, ()))
    await sweep(provider)
    assert len(dump(provider)["enrolment.enrolments"]) == 1
    provider.clock.advance(86400)
    await sweep(provider)
    assert dump(provider)["enrolment.enrolments"] == []
    assert not await provider.services.enrolment.close(person_id, closed(today, 9, ()))


async def test_a_code_nobody_redeems_leaves_the_store(provider: Provider):
    tag = await issue(provider)
    provider.clock.advance(2 * 86400)
    await sweep(provider)
    assert await rows.find(provider.parts.enrolment_store, tag) is None


async def sweep(provider: Provider) -> None:
    await housekeeping.prune_enrolments(
        provider.parts.enrolment_store, provider.services.enrolment, provider.clock
    )
