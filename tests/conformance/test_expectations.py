"""The judge of the conformance runs is judged: what it lets pass, and what it does not."""

from collections.abc import Mapping

import pytest

from tests.conformance.configuration import Place, Plan, configuration, load, plans
from tests.conformance.expectations import Allowed, Outcome, deviations, found_in, read

PLACE = Place("https://suite.example", "https://op.example")
CLIENTS = {name: {"client_id": name} for name in load("clients.json")}
LINE = Allowed("plan", "module", "NoName", "WARNING", "a reason")


def outcome(result: str, found: Mapping[str, str], status: str = "FINISHED") -> Outcome:
    return Outcome("plan", "module", status, result, found)


@pytest.mark.parametrize("result", ["PASSED", "REVIEW", "SKIPPED"])
def test_a_module_without_a_finding_is_well(result: str):
    assert deviations(outcome(result, {}), ()) == []


def test_exactly_what_is_listed_is_well():
    assert deviations(outcome("WARNING", {"NoName": "WARNING"}), (LINE,)) == []


@pytest.mark.parametrize(
    ("result", "found", "status", "said"),
    [
        ("FAILED", {"NoName": "FAILURE"}, "FINISHED", "NoName: FAILURE"),
        ("WARNING", {"NoName": "WARNING", "Other": "WARNING"}, "FINISHED", "Other: WARNING"),
        ("PASSED", {}, "FINISHED", "NoName: no WARNING"),
        ("UNKNOWN", {"NoName": "WARNING"}, "INTERRUPTED", "INTERRUPTED"),
        ("PASSED", {"NoName": "WARNING"}, "WAITING", "WAITING"),
        ("none", {"NoName": "WARNING"}, "FINISHED", "FINISHED"),
    ],
    ids=["worse", "another", "no longer true", "broken off", "waits", "no result"],
)
def test_anything_else_is_a_deviation(
    result: str, found: Mapping[str, str], status: str, said: str
):
    told = deviations(outcome(result, found, status), (LINE,))
    assert [line for line in told if said in line] != []


def test_a_failure_without_a_finding_is_not_taken_for_well():
    assert deviations(outcome("FAILED", {}), ()) != []


def test_a_line_of_another_plan_or_module_excuses_nothing():
    for plan, module in (("other", "module"), ("plan", "other")):
        line = Allowed(plan, module, "NoName", "WARNING", "a reason")
        assert deviations(outcome("WARNING", {"NoName": "WARNING"}), (line,)) != []


def test_a_failure_outweighs_a_warning_of_the_same_check():
    log = [
        {"src": "A", "result": "WARNING"},
        {"src": "A", "result": "FAILURE"},
        {"src": "A", "result": "WARNING"},
        {"src": "B", "result": "SUCCESS"},
        {"src": "C"},
    ]
    assert found_in(log) == {"A": "FAILURE"}


@pytest.mark.parametrize(
    "line",
    [
        {"plan": "p", "module": "m", "found": {"A": "WARNING"}, "reason": " "},
        {"plan": "p", "module": "m", "found": {"A": "PASSED"}, "reason": "why"},
    ],
)
def test_a_line_without_a_reason_or_with_another_word_is_refused(line: dict[str, object]):
    with pytest.raises(ValueError, match="reason"):
        read([line])


def test_a_check_is_listed_once():
    line = {"plan": "p", "module": "m", "found": {"A": "WARNING"}, "reason": "why"}
    with pytest.raises(ValueError, match="twice"):
        read([line, line])


def test_what_may_go_wrong_is_what_our_refusals_decide_and_nothing_more():
    listed = {
        (line.plan, line.module, line.check, line.level) for line in read(load("expected.json"))
    }
    dynamic = ("oidcc-dynamic-certification-test-plan", "oidcc-discovery-endpoint-verification")
    name = ("oidcc-claims-essential", "EnsureUserInfoContainsName", "WARNING")
    assert listed == {
        (*dynamic, "OIDCCCheckDiscEndpointResponseTypesSupportedDynamic", "FAILURE"),
        (*dynamic, "OIDCCCheckDiscEndpointGrantTypesSupportedDynamic", "FAILURE"),
        ("oidcc-basic-certification-test-plan", *name),
        ("oidcc-formpost-basic-certification-test-plan", *name),
    }


@pytest.mark.parametrize("plan", plans(), ids=lambda plan: plan.name)
def test_every_plan_has_a_whole_configuration(plan: Plan):
    made = configuration(plan, PLACE, CLIENTS)
    assert made["server"]["discoveryUrl"].startswith("https://op.example/.well-known/")
    assert made["browser"][0]["match"] == "https://op.example/authorize*"
    for visit in [*made["browser"], *(v for o in made["override"].values() for v in o["browser"])]:
        assert all(set(task) >= {"task", "match"} for task in visit["tasks"])
    assert not set("{}") & set(str(list(_texts(made))))


def _texts(value: object):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield value
