"""Evidence that a registrar cannot make an identity of."""

from datetime import date
from typing import Any

import pytest

from idp.domain.assurance import Assurance
from idp.domain.document import Document
from idp.proofing.in_person import ADAPTER, InPerson, Typed
from idp.proofing.proof import Adapter, EvidenceRefused, Fault
from tests.proofing.conftest import TODAY

ORDINARY: dict[str, Any] = {
    "country": "CN",
    "document": "national_id",
    "number": "11010519491231002X",
    "birth_date": "1949-12-31",
    "registrar": "0b0b",
}


def adapter() -> Adapter[Typed]:
    return InPerson(documents=(Document.NATIONAL_ID,), level=Assurance.SUBSTANTIAL)


async def test_what_was_read_becomes_a_proof():
    proof = await adapter().prove(Typed(**ORDINARY), today=TODAY)
    assert (proof.adapter, proof.level, proof.verifier) == (ADAPTER, Assurance.SUBSTANTIAL, "0b0b")
    assert (proof.country, proof.document) == ("CN", "national_id")
    assert (proof.number, proof.birth_date) == ("11010519491231002X", date(1949, 12, 31))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"country": ""}, Fault.COUNTRY),
        ({"country": "cn"}, Fault.COUNTRY),
        ({"country": "XX"}, Fault.COUNTRY),  # the sandbox's: nobody real may take a citizen's place
        ({"country": "ZZ"}, Fault.COUNTRY),
        ({"country": "CHN"}, Fault.COUNTRY),
        ({"document": ""}, Fault.DOCUMENT),
        ({"document": "passport"}, Fault.DOCUMENT),  # this instance knows people by one number
        ({"document": "sandbox"}, Fault.DOCUMENT),
        ({"number": ""}, Fault.NUMBER),
        ({"number": "110105194912310021"}, Fault.NUMBER),
        ({"birth_date": "1949-12-30"}, Fault.BIRTH_DATE_AND_NUMBER),
        ({"birth_date": ""}, Fault.BIRTH_DATE),
        ({"birth_date": "31.12.1949"}, Fault.BIRTH_DATE),
        ({"birth_date": "1949-00-00"}, Fault.BIRTH_DATE),  # an unknown day gives no age
        ({"birth_date": "1949-02-29"}, Fault.BIRTH_DATE),
        ({"birth_date": "19491231"}, Fault.BIRTH_DATE),
        ({"birth_date": "1949-W52-6"}, Fault.BIRTH_DATE),
        ({"birth_date": "2026-01-02"}, Fault.BIRTH_DATE),  # tomorrow
        ({"birth_date": "1899-12-31"}, Fault.BIRTH_DATE),
    ],
)
async def test_evidence_that_proves_nothing_is_refused(changes: dict[str, str], fault: Fault):
    with pytest.raises(EvidenceRefused) as refused:
        await adapter().prove(Typed(**ORDINARY | changes), today=TODAY)
    assert refused.value.fault is fault


def test_what_was_typed_does_not_print_itself():
    shown = repr(Typed(**ORDINARY))
    assert "11010519491231002X" not in shown
    assert "1949" not in shown
