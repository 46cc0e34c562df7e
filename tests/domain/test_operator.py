"""Operators, proposals and cases: the rules, without a database."""

import pytest

from idp.domain import operator
from idp.domain.case import Case, CaseState
from idp.domain.operator import OperatorSession, Role
from idp.domain.proposal import Proposal, ProposalState, Proposed, Wording, draw_id
from tests.support.time import SeededEntropy


def session(**changes: int) -> OperatorSession:
    return OperatorSession(b"d", b"o", **({"began": 0, "seen": 0} | changes))


def test_a_session_lives_a_quarter_of_an_hour_from_its_last_use_and_eight_hours_at_most():
    idle, absolute = operator.IDLE_SECONDS, operator.ABSOLUTE_SECONDS
    assert (idle, absolute) == (15 * 60, 8 * 60 * 60)
    assert session().alive(idle - 1)
    assert not session().alive(idle)
    assert session(seen=absolute - 1).alive(absolute - 1)
    assert not session(seen=absolute - 1).alive(absolute)
    assert session(seen=100).alive(90)  # as seen by a server whose clock was ahead of this one's
    assert not session(seen=100).alive(89)  # a clock that went back opens nothing


def test_a_use_is_noted_once_a_minute():
    assert session().touched(59) is None
    assert session().touched(60) == session(seen=60)


def test_roles_are_stored_in_one_form():
    every = frozenset(Role)
    assert operator.roles_as_text(every) == "auditor registrar support"
    assert operator.roles_from_text("auditor registrar support") == every
    assert operator.roles_from_text("") == frozenset()


def test_one_name_in_several_spellings_is_one_operator():
    assert operator.same_name("Łukasz \uff2eowak", "ŁUKASZ Nowak")
    assert not operator.same_name("Front desk", "Front desks")
    assert operator.clean_name("  Front   desk ") == "Front desk"


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(name: str):
    with pytest.raises(ValueError, match="printable"):
        operator.clean_name(name)


def test_ids_are_of_60_random_bits_that_can_be_read_aloud():
    entropy = SeededEntropy()
    drawn = [draw_id(entropy) for _ in range(500)]
    assert len(set(drawn)) == len(drawn)
    assert all(len(one) == 14 and one.count("-") == 2 for one in drawn)
    assert not set("".join(drawn)) & set("ILOU")


def proposal(state: ProposalState) -> Proposal:
    return Proposal("P", Proposed.SUSPEND, state, "C", Wording(), b"o", None, 0, 9)


@pytest.mark.parametrize(
    ("state", "others", "possible"),
    [
        (CaseState.ACTIVE, (), Proposed.SUSPEND),
        (CaseState.SUSPENDED, (), Proposed.LIFT),
        (CaseState.NOBODY, (), None),
        (CaseState.ACTIVE, (ProposalState.OPEN,), None),
        (CaseState.SUSPENDED, (ProposalState.APPROVED, ProposalState.OPEN), None),
        (CaseState.ACTIVE, (ProposalState.DECLINED, ProposalState.EXPIRED), Proposed.SUSPEND),
    ],
)
def test_one_thing_at_a_time_is_possible_in_a_case(
    state: CaseState, others: tuple[ProposalState, ...], possible: Proposed | None
):
    case = Case("C", "AZ 1", 0, state, tuple(map(proposal, others)))
    assert case.possible is possible


def test_every_act_has_an_entry_when_it_is_proposed_and_one_when_it_is_done():
    entries = [*(act.when_proposed for act in Proposed), *(act.when_done for act in Proposed)]
    assert len(set(entries)) == len(entries) == 2 * len(Proposed)
