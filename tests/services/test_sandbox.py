from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.keystore.memory import MemoryKeystore
from idp.protocol.webauthn import NewPasskey
from idp.services.enrolment import Enrolment, NewAccount
from idp.services.sandbox import BEGUN_SECONDS, Sandbox, SandboxRefused
from idp.services.vault import Vault
from idp.storage import people
from tests.services.conftest import another_enrolment, proof
from tests.support.provider import Provider, running

PERSONAS = ["adult", "minor", "elder", "rtl", "suspended", "newcomer"]


@pytest.fixture
async def playground(tmp_path: Path, keystore: MemoryKeystore) -> AsyncIterator[Provider]:
    async with running(tmp_path, keystore=keystore) as started:
        yield started


@pytest.fixture
def sandbox(playground: Provider) -> Sandbox:
    found = playground.services.sandbox
    assert found is not None
    return found


def passkey(name: bytes = b"c") -> NewPasskey:
    return NewPasskey(
        credential_id=name * 32,
        public_key=b"a COSE key",
        sign_count=0,
        backup_eligible=False,
        backed_up=False,
        transports=(),
    )


async def test_six_personas_are_enrolled_in_the_order_of_the_page(
    playground: Provider, sandbox: Sandbox
):
    assert [persona.id for persona in sandbox.personas] == PERSONAS
    assert len({await sandbox.sign_in(persona) for persona in PERSONAS}) == 6
    assert await people.count(playground.parts.database, sandbox=True) == 6


async def test_starting_again_enrols_nobody_twice(playground: Provider, sandbox: Sandbox):
    before = [await sandbox.sign_in(persona) for persona in PERSONAS]
    await sandbox.seed()
    assert [await sandbox.sign_in(persona) for persona in PERSONAS] == before
    assert await people.count(playground.parts.database, sandbox=True) == 6


async def test_the_minor_stays_a_minor(playground: Provider, sandbox: Sandbox):
    """Born so many days ago by number, not by date; and found again by the same number."""
    before = await sandbox.sign_in("minor")
    playground.clock.advance(3 * 365 * 86400)
    await sandbox.seed()
    assert await sandbox.sign_in("minor") == before


async def test_sandbox_mode_never_starts_where_real_people_are_enrolled(
    playground: Provider, sandbox: Sandbox, vault: Vault
):
    real: Enrolment = another_enrolment(playground, vault)
    assert await real.create(proof(), NewAccount(real.new_user_id())) is not None
    with pytest.raises(SandboxRefused, match="real people"):
        await sandbox.seed()


@pytest.mark.parametrize("persona", ["", "nobody", "citizen-01", "ADULT", "adult "])
async def test_nobody_but_a_persona_signs_in_without_proof(sandbox: Sandbox, persona: str):
    with pytest.raises(Refusal) as refused:
        await sandbox.sign_in(persona)
    assert refused.value.cause is Cause.PERSONA_UNKNOWN


async def test_a_citizen_is_enrolled_once_and_then_no_longer_offered(sandbox: Sandbox):
    citizens = [citizen.id for citizen in await sandbox.unused_citizens()]
    begun = sandbox.open(sandbox.begin(citizens[0], "an interaction"))
    assert (begun.citizen_id, begun.interaction) == (citizens[0], "an interaction")

    await sandbox.enrol(begun, passkey())

    assert [citizen.id for citizen in await sandbox.unused_citizens()] == citizens[1:]
    with pytest.raises(Refusal) as refused:
        await sandbox.enrol(sandbox.open(sandbox.begin(citizens[0], "")), passkey(b"d"))
    assert refused.value.cause is Cause.CITIZEN_UNAVAILABLE


@pytest.mark.parametrize("citizen", ["", "adult", "citizen-99", "\0"])
def test_nobody_but_a_citizen_of_the_sandbox_is_enrolled(sandbox: Sandbox, citizen: str):
    with pytest.raises(Refusal) as refused:
        sandbox.begin(citizen, "")
    assert refused.value.cause is Cause.CITIZEN_UNAVAILABLE


def test_every_enrolment_has_a_user_handle_of_its_own(sandbox: Sandbox):
    begun = [sandbox.open(sandbox.begin("citizen-01", "")) for _ in range(10)]
    assert len({one.user_id for one in begun}) == 10


def test_an_enrolment_begun_is_finished_within_half_an_hour(playground: Provider, sandbox: Sandbox):
    token = sandbox.begin("citizen-01", "an interaction")
    playground.clock.advance(BEGUN_SECONDS)
    sandbox.open(token)
    playground.clock.advance(1)
    with pytest.raises(Refusal) as refused:
        sandbox.open(token)
    assert refused.value.cause is Cause.INTERACTION_EXPIRED
    assert refused.value.detail["interaction"] == "an interaction"


def test_an_enrolment_that_we_did_not_begin_is_refused(sandbox: Sandbox):
    token = sandbox.begin("citizen-01", "")
    for wrong in ("", "x", token[:-2], token[::-1]):
        with pytest.raises(Refusal) as refused:
            sandbox.open(wrong)
        assert refused.value.cause is Cause.INTERACTION_INVALID
