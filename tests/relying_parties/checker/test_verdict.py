"""What an observation means, and what it never means."""

import io
from typing import Any

import pytest
from network_id_simulator.checker.leaving import Told, judge_logout
from network_id_simulator.checker.report import Report
from network_id_simulator.checker.verdict import Evidence, Verdict, judge
from network_id_simulator.checker.view import view
from network_id_simulator.fault import Fault
from network_id_simulator.faults import FAULTS
from rich.console import Console

REFUSE = FAULTS["nonce"]
MAY = FAULTS["kid-missing"]
SURVIVE = FAULTS["extra-claims"]
STAND = FAULTS["error-server-error"]
USERINFO = FAULTS["userinfo-sub"]


@pytest.mark.parametrize(
    ("fault", "evidence", "verdict"),
    [
        (REFUSE, Evidence(signed_in=False), Verdict.RIGHT),
        (REFUSE, Evidence(signed_in=True), Verdict.WRONG),
        (MAY, Evidence(signed_in=True), Verdict.RIGHT),
        (MAY, Evidence(signed_in=False), Verdict.RIGHT),
        (SURVIVE, Evidence(signed_in=True), Verdict.RIGHT),
        (SURVIVE, Evidence(signed_in=False), Verdict.WRONG),
        (STAND, Evidence(signed_in=False), Verdict.RIGHT),
        (STAND, Evidence(signed_in=True), Verdict.WRONG),
        (USERINFO, Evidence(signed_in=True, stayed_as="other"), Verdict.WRONG),
        (USERINFO, Evidence(signed_in=True), Verdict.WRONG),
        (USERINFO, Evidence(signed_in=True, stayed_as="own"), Verdict.ADVICE),
    ],
)
def test_what_is_expected_decides(fault: Fault, evidence: Evidence, verdict: Verdict):
    assert judge(fault, evidence).verdict is verdict


@pytest.mark.parametrize("fault", [REFUSE, MAY, SURVIVE, STAND, USERINFO])
def test_a_fault_that_was_never_met_proves_nothing(fault: Fault):
    result = judge(fault, Evidence(signed_in=fault is SURVIVE, not_met="it sends no nonce"))
    assert result.verdict is Verdict.NOT_MET
    assert not result.verdict.is_finding


@pytest.mark.parametrize("fault", [REFUSE, MAY, SURVIVE, STAND])
def test_what_cannot_be_seen_is_never_called_right(fault: Fault):
    result = judge(fault, Evidence(signed_in=None))
    assert result.verdict is Verdict.UNCLEAR
    assert result.verdict.is_finding


@pytest.mark.parametrize("fault", [REFUSE, MAY, STAND])
@pytest.mark.parametrize(
    "manner", [{"status": 500}, {"status": 0}, {"began_again": True}, {"recovery": 30}]
)
def test_a_platform_that_breaks_on_a_bad_answer_has_refused_it(
    fault: Fault, manner: dict[str, Any]
):
    result = judge(fault, Evidence(signed_in=False, **manner))
    assert result.verdict is Verdict.ADVICE
    assert not result.verdict.is_finding


def test_an_outage_that_a_platform_tells_of_is_no_crash():
    assert judge(STAND, Evidence(signed_in=False, status=503)).verdict is Verdict.RIGHT


@pytest.mark.parametrize("fault", [REFUSE, STAND])
def test_a_platform_at_which_nobody_can_sign_in_afterwards_does_not_stand(fault: Fault):
    assert judge(fault, Evidence(signed_in=False, recovered=False)).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("name", "told", "verdict"),
    [
        ("logout-aud", Told(400, signed_in=True), Verdict.RIGHT),
        ("logout-aud", Told(200, signed_in=False), Verdict.WRONG),
        ("logout-aud", Told(500, signed_in=True), Verdict.ADVICE),
        ("logout-aud", Told(0, signed_in=True), Verdict.ADVICE),
        ("logout-aud", Told(400, signed_in=None), Verdict.UNCLEAR),
        ("logout-typ-jwt", Told(200, signed_in=False), Verdict.RIGHT),
        ("logout-extra-claims", Told(200, signed_in=False), Verdict.RIGHT),
        ("logout-extra-claims", Told(400, signed_in=True), Verdict.WRONG),
    ],
)
def test_a_wrong_logout_token_signs_nobody_out(name: str, told: Told, verdict: Verdict):
    assert judge_logout(FAULTS[name], told)[0] is verdict


@pytest.mark.parametrize(
    ("manner", "word"),
    [
        ({"status": 500}, "exception"),
        ({"status": 0}, "time limit"),
        ({"began_again": True}, "begun again"),
        ({"recovery": 30}, "remembered"),
    ],
)
def test_whoever_refuses_badly_is_not_told_of_a_mistake_that_was_not_made(
    manner: dict[str, Any], word: str
):
    result = judge(REFUSE, Evidence(signed_in=False, **manner))
    assert word in result.mistake
    assert REFUSE.mistake not in result.mistake
    assert judge(REFUSE, Evidence(signed_in=True, **manner)).mistake == REFUSE.mistake


def test_a_way_of_refusing_is_told_once_for_all_faults():
    crash = Evidence(signed_in=False, status=500)
    results = [judge(FAULTS[name], crash) for name in ("nonce", "signature", "alg-none")]
    report = Report("http://p.example/login", "http://i.example", "a page", tuple(results), ())
    written = io.StringIO()
    Console(width=80, file=written).print(view(report))
    told = written.getvalue()
    assert told.count("by an exception that nobody catches") == 1
    assert "after    nonce, signature, alg-none" in told
    assert FAULTS["signature"].mistake not in told
