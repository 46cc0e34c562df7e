"""One person, one account: also when two enrol at once, and when a process dies half way."""

import asyncio

import pytest

from idp.domain.activity import Happened
from idp.domain.case import CaseState
from idp.domain.operator import Role
from idp.domain.person import SuspensionNotice
from idp.domain.refusal import Cause, Refusal
from idp.protocol.webauthn import NewPasskey
from idp.services.enrolment import RESERVATION_SECONDS, Enrolment, NewAccount
from idp.services.identities import Identity
from idp.services.vault import Vault
from idp.storage import enrolments, people
from tests.services.conftest import BORN, another_enrolment, proof
from tests.support.operators import Desk
from tests.support.provider import Provider
from tests.support.shared_provider import dump

PASSKEY = NewPasskey(
    credential_id=b"c" * 32,
    public_key=b"a COSE key",
    sign_count=0,
    backup_eligible=False,
    backed_up=False,
    transports=(),
)


class Killed(BaseException):
    """The process died here."""


async def create(enrolment: Enrolment, number: str = "AB 123 456", **changes: str) -> bytes | None:
    account = NewAccount(enrolment.new_user_id())
    return await enrolment.create(proof(number, **changes), account)


async def headcount(provider: Provider) -> int:
    return await people.count(provider.parts.database, sandbox=False)


def die_at(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Let the next enrolment die just before a step of the storage layer."""

    async def die(*_: object, **__: object) -> None:
        raise Killed

    module, name = {"create": (people, "add"), "confirm": (enrolments, "confirm")}[step]
    monkeypatch.setattr(module, name, die)


async def die_before(enrolment: Enrolment, step: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        die_at(patched, step)
        with pytest.raises(Killed):
            await create(enrolment)


async def test_an_identity_finds_its_account_again(enrolment: Enrolment):
    person_id = await create(enrolment)
    assert person_id is not None
    assert await enrolment.find(proof()) == person_id
    assert await enrolment.find(proof("another")) is None


async def test_a_second_enrolment_gives_no_second_account(provider: Provider, enrolment: Enrolment):
    person_id = await create(enrolment)
    for spelling in ("AB 123 456", "ab123456", "AB-123-456", "AB123456<<"):
        assert await create(enrolment, spelling) is None
    assert await enrolment.find(proof()) == person_id
    assert await headcount(provider) == 1


async def test_another_country_or_document_is_another_identity(enrolment: Enrolment):
    created = {
        await create(enrolment),
        await create(enrolment, country="DE"),
        await create(enrolment, document="identity card"),
    }
    assert len(created - {None}) == 3


async def test_of_many_that_enrol_one_identity_at_once_one_succeeds(
    provider: Provider, vault: Vault
):
    nodes = [another_enrolment(provider, vault) for _ in range(8)]
    created = await asyncio.gather(*(create(node) for node in nodes))
    assert len([person_id for person_id in created if person_id is not None]) == 1
    assert await headcount(provider) == 1


async def test_what_is_kept_is_sealed_and_holds_no_number(
    provider: Provider, enrolment: Enrolment, vault: Vault
):
    person_id = await create(enrolment)
    assert person_id is not None
    row = await people.find(provider.parts.database, person_id)
    assert row is not None
    assert vault.open_birth_date(person_id, row["birth_date_sealed"]) == BORN
    evidence = vault._open_json(row["evidence_sealed"], "people", "evidence_sealed", person_id)
    assert set(evidence) == {"adapter", "level", "document", "country", "day", "verifier"}
    assert "123" not in str(evidence)


@pytest.mark.parametrize("step", ["create", "confirm"])
async def test_a_process_that_dies_half_way_blocks_nobody_for_longer_than_a_minute(
    provider: Provider, enrolment: Enrolment, step: str
):
    await die_before(enrolment, step)
    assert await create(enrolment) is None  # it might still be alive

    provider.clock.advance(RESERVATION_SECONDS)
    created = await create(enrolment)

    assert await headcount(provider) == 1
    found = await enrolment.find(proof())
    assert found is not None
    assert created == (found if step == "create" else None)


async def test_an_account_whose_creator_died_before_confirming_is_its_owners(
    provider: Provider, enrolment: Enrolment
):
    await die_before(enrolment, "confirm")
    found = await enrolment.find(proof())
    assert found is not None
    provider.clock.advance(RESERVATION_SECONDS)
    assert await create(enrolment) is None
    assert await enrolment.find(proof()) == found
    provider.clock.advance(365 * 86400)
    assert await create(enrolment) is None


async def test_a_creator_that_was_given_up_for_dead_leaves_no_second_account(
    provider: Provider,
    enrolment: Enrolment,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
):
    """It slept between reserving and creating; meanwhile another enrolled the same identity."""
    other, go_on = another_enrolment(provider, vault), enrolment._create_person
    created: list[bytes | None] = []

    async def oversleep(person_id: bytes, known: Identity, account: NewAccount) -> None:
        provider.clock.advance(RESERVATION_SECONDS)
        created.append(await create(other))
        await go_on(person_id, known, account)

    monkeypatch.setattr(enrolment, "_create_person", oversleep)

    assert await create(enrolment) is None
    assert created[0] is not None
    assert await enrolment.find(proof()) == created[0]
    assert await headcount(provider) == 1
    assert len(dump(provider)["provider.activity"]) == 1


async def test_a_case_follows_the_account_that_stands_not_the_one_that_came_too_late(
    provider: Provider,
    enrolment: Enrolment,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
):
    """Else nobody could ever lift the suspension that it is about."""
    operations = provider.services.operations
    one, two = [(await Desk.join(provider, Role.SUPPORT)).operator_id for _ in range(2)]
    case_id = await operations.proposals.open_case(one, "BY7Q2YWSGQNFEDCVVCMN1XMFN", "file 7")
    await operations.proposals.approve(case_id, two)
    notice = SuspensionNotice("a reason", "an authority", case_id=case_id)
    before = NewAccount(enrolment.new_user_id(), suspensions=(notice,))
    person_id = await enrolment.create(proof(), before)
    assert person_id is not None
    await provider.services.closing.close(person_id)
    provider.clock.advance(365 * 86400)
    other, go_on = another_enrolment(provider, vault), enrolment._create_person

    async def oversleep(person_id: bytes, known: Identity, account: NewAccount) -> None:
        provider.clock.advance(RESERVATION_SECONDS)
        assert await create(other) is not None
        await go_on(person_id, known, account)

    monkeypatch.setattr(enrolment, "_create_person", oversleep)
    assert await create(enrolment) is None
    assert (await operations.cases.find(case_id)).state is CaseState.SUSPENDED


async def test_a_passkey_that_is_taken_gives_the_identity_back(
    provider: Provider, enrolment: Enrolment
):
    first = NewAccount(enrolment.new_user_id(), passkey=PASSKEY)
    assert await enrolment.create(proof("first"), first) is not None

    second = NewAccount(enrolment.new_user_id(), passkey=PASSKEY)
    with pytest.raises(Refusal) as refused:
        await enrolment.create(proof("second"), second)

    assert refused.value.cause is Cause.PASSKEY_REFUSED
    assert await headcount(provider) == 1
    assert await create(enrolment, "second") is not None


async def test_an_account_can_begin_suspended_with_a_notice(
    provider: Provider, enrolment: Enrolment, vault: Vault
):
    notice = SuspensionNotice("a reason", "an authority")
    account = NewAccount(enrolment.new_user_id(), suspensions=(notice,))
    person_id = await enrolment.create(proof(), account)
    assert person_id is not None
    row = await people.find(provider.parts.database, person_id)
    assert row is not None
    assert row["status"] == "suspended"
    assert vault.open_notices(person_id, row["notice_sealed"]) == (notice,)


def test_a_proof_does_not_print_itself():
    assert "123" not in repr(proof())
    assert "1990" not in str(proof())


async def test_a_persons_history_begins_with_their_enrolment(
    provider: Provider, enrolment: Enrolment
):
    person_id = await enrolment.create(proof(), NewAccount(enrolment.new_user_id()))
    assert person_id is not None
    events = await provider.services.activity.events(person_id, [])
    assert [event.happened for event in events] == [Happened.ENROLLED]
