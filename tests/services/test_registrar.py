"""The registrar's desk: a code for everybody alike, an entry in the log, and nothing else."""

from typing import Any

import pytest

from idp.domain.audit import Act
from idp.domain.enrolment_code import parse
from idp.services.registrar import LIFETIMES, Seen, Slip, SlipRefused
from idp.services.vouchers import LONGEST_SECONDS, SHORTEST_SECONDS
from tests.support.provider import Provider
from tests.support.shared_provider import dump

OPERATOR = b"o" * 16
NUMBER, BORN = "11010519491231002X", "1949-12-31"


async def issue(provider: Provider, seconds: int = 3600, **changes: str) -> Slip:
    seen = {"country": "CN", "document": "national_id", "number": NUMBER, "birth_date": BORN}
    return await provider.services.registrar.issue(
        Seen(**seen | changes), seconds=seconds, operator_id=OPERATOR
    )


async def test_a_slip_carries_a_code_that_leads_to_what_was_seen(provider: Provider):
    slip = await issue(provider)
    vouchers = provider.services.vouchers
    identity = await vouchers.open(await vouchers.of_code(parse(slip.code)))
    evidence = identity.evidence
    assert identity.birth_date.isoformat() == BORN
    assert (evidence.adapter, evidence.level) == ("in_person", "substantial")
    assert (evidence.country, evidence.document) == ("CN", "national_id")
    assert evidence.verifier == OPERATOR.hex()
    assert slip.until == 1_767_225_600 + 60 * 60


async def test_what_stays_is_an_entry_with_a_random_case_and_no_person(provider: Provider):
    one, other = await issue(provider), await issue(provider)
    entries = await provider.services.operations.audit.page()
    assert [entry.case_id for entry in entries] == [other.case_id, one.case_id]
    assert {(entry.act, entry.operator_id) for entry in entries} == {
        (Act.ENROLMENT_CODE_ISSUED, OPERATOR)
    }
    assert one.case_id != other.case_id
    stored = repr(dump(provider))
    for secret in (NUMBER, BORN, one.code, one.code.replace("-", "")):
        assert secret not in stored


async def test_issuing_looks_no_account_up(provider: Provider, monkeypatch: pytest.MonkeyPatch):
    async def looked_up(*_: object) -> None:
        raise AssertionError("a registrar could learn who has an account")

    monkeypatch.setattr("idp.storage.enrolments.find", looked_up)
    monkeypatch.setattr("idp.storage.people.find", looked_up)
    assert parse((await issue(provider)).code)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"country": "XX"}, "country"),
        ({"document": "passport"}, "document"),
        ({"number": "110105194912310021"}, "number"),
        ({"birth_date": "1949-12-30"}, "birth_date_and_number"),
        ({"birth_date": "31 December"}, "birth_date"),
    ],
)
async def test_what_proves_nothing_issues_nothing_and_is_not_written_down(
    provider: Provider, changes: dict[str, Any], fault: str
):
    before = dump(provider)
    with pytest.raises(SlipRefused) as refused:
        await issue(provider, **changes)
    assert refused.value.fault == fault
    assert refused.value.__cause__ is None
    assert dump(provider) == before


@pytest.mark.parametrize("seconds", [0, 60, 86401, 10**9])
async def test_only_the_offered_times_are_taken(provider: Provider, seconds: int):
    with pytest.raises(SlipRefused):
        await issue(provider, seconds)


def test_codes_live_for_a_quarter_of_an_hour_to_two_weeks():
    assert (min(LIFETIMES), max(LIFETIMES)) == (SHORTEST_SECONDS, LONGEST_SECONDS)


async def test_neither_slip_nor_what_was_seen_prints_itself(provider: Provider):
    slip = await issue(provider)
    assert slip.code not in repr(slip)
    assert NUMBER not in repr(Seen("CN", "national_id", NUMBER, BORN))
