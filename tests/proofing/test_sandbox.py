import pytest

from idp.domain.assurance import Assurance
from idp.proofing import sandbox
from idp.proofing.proof import Adapter, EvidenceRefused, Fault
from tests.proofing.conftest import TODAY


@pytest.mark.parametrize("known", [*sandbox.PERSONAS, *sandbox.CITIZENS], ids=lambda one: one.id)
async def test_a_citizen_is_who_they_say_and_no_real_person(known: sandbox.Citizen):
    adapter: Adapter[str] = sandbox.Sandbox()
    proof = await adapter.prove(known.id, today=TODAY)
    assert (proof.number, proof.country, proof.level) == (known.number, "XX", Assurance.NONE)


@pytest.mark.parametrize("name", ["", "nobody", "ADULT", "citizen-13"])
async def test_an_unknown_citizen_is_refused(name: str):
    with pytest.raises(EvidenceRefused) as refused:
        await sandbox.Sandbox().prove(name, today=TODAY)
    assert refused.value.fault is Fault.CITIZEN
