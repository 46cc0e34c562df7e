from dataclasses import replace

import pytest

from tests.benchmarks import goals
from tests.benchmarks.driver import percentile
from tests.benchmarks.figures import Run, Setting, figures, refused
from tests.benchmarks.plan import Result
from tests.benchmarks.processes import Memory
from tests.benchmarks.soak import Look, growth

SETTING = Setting("ours-sqlite", "silent", "ES256", 16)


def result(**changes: object) -> Result:
    ordinary: dict[str, object] = {
        "count": 1000,
        "wall": 2.0,
        "driver_cpu": 0.4,
        "cpu": {"server": 1.0, "database": 0.5},
        "machine_cpu": 2.1,
        "p50_ms": 5.0,
        "p95_ms": 9.0,
        "p99_ms": 14.0,
        "wrong": {},
    }
    return Result(**(ordinary | changes))  # type: ignore[arg-type]


def of(provider: str, *results: Result) -> list[Run]:
    setting = Setting(provider, "silent", "ES256", 16)
    return [Run(setting, one) for one in results]


def test_figures_are_medians_over_the_rounds():
    costs = [{"server": cost, "database": 0.5} for cost in (9.0, 1.0, 2.0)]
    (found,) = figures([Run(SETTING, result(cpu=cost)) for cost in costs])
    assert (found.server_cpu, found.database_cpu, found.cpu) == (2.0, 0.5, 2.5)
    assert (found.rounds, found.rate, found.cpu_range) == (3, 500.0, (1.5, 9.5))


def test_a_good_run_is_not_refused():
    assert refused([Run(SETTING, result())]) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"wrong": {"token: 400": 1}}, "token: 400"),
        ({"driver_cpu": 1.61, "cpu": {"server": 5.0}}, "the driver was busy 80%"),
        ({"driver_cpu": 0.4, "cpu": {"server": 0.3}}, "the driver worked more than the provider"),
    ],
)
def test_what_says_nothing_of_the_provider_is_refused(changes: dict[str, object], why: str):
    (reason,) = refused([Run(SETTING, result(**changes))])
    assert why in reason


def test_what_costs_less_than_to_ask_for_it_is_still_told():
    cheap = Run(replace(SETTING, scenario="jwks"), result(cpu={"server": 0.3}))
    assert refused([cheap]) == []


def test_processes_that_are_no_part_of_it_are_seen():
    (found,) = figures([Run(SETTING, result(machine_cpu=3.9))])
    assert found.others == pytest.approx(1.0)


def test_goals_compare_medians_with_the_peer():
    measured = {
        one.setting.provider: one
        for one in figures(
            [
                *of("ours-sqlite", result(cpu={"server": 0.7})),
                *of("ours-postgresql", result(cpu={"server": 0.8, "database": 0.5})),
                *of("node-memory", result(cpu={"server": 1.0})),
                *of("node-postgresql", result(cpu={"server": 1.4, "database": 0.6})),
            ]
        )
    }
    found = goals.ratios(measured)
    assert [one.value for one in found] == pytest.approx([0.7, 0.65, 0.8])
    assert [one.reached for one in found] == [True, False, False]


def test_what_was_not_measured_is_not_reached():
    assert [(one.value, one.reached, one.note) for one in goals.ratios({})] == [
        (None, None, "not measured")
    ] * 3


def test_two_workers_are_judged_only_where_they_have_cores():
    one, two = (
        figures(of("ours-sqlite", result(wall=wall, cpu={"server": 1.0})))[0] for wall in (2, 1.1)
    )
    assert goals.scaling(one, two, 2).reached is None
    assert goals.scaling(one, two, 4).reached is True


def test_a_login_may_not_follow_the_country():
    few, many = (
        figures([Run(replace(SETTING, strangers=count), result(cpu={"server": cost}))])[0]
        for count, cost in ((1000, 1.0), (10**7, 1.2))
    )
    goal = goals.crowded(few, many)
    assert goal.value == pytest.approx(1.2)
    assert goal.reached is False
    assert "10,000,000 people to 1,000" in goal.text


def look(minutes: float, pss: float) -> Look:
    return Look(minutes, 0, 1.0, pss, pss, {})


def test_memory_is_flat_once_it_has_settled():
    filling = [look(1, 50), look(2, 60)]
    steady = [look(minutes, 80) for minutes in range(3, 11)]
    assert growth([*filling, *steady]) == 1.0
    leaking = [look(minutes, 80 + 2 * minutes) for minutes in range(3, 11)]
    assert (growth([*filling, *leaking]) or 0) > 1.05
    assert growth(filling) is None


def test_a_worker_may_hold_ninety_mebibytes():
    held = {"ours-sqlite": Memory(120, 89), "ours-postgresql": Memory(120, 91)}
    assert [one.reached for one in goals.memories(held)] == [True, False]


def test_percentiles_are_of_the_slowest():
    ordered = [float(n) for n in range(1, 101)]
    assert (percentile(ordered, 0.5), percentile(ordered, 0.99)) == (51.0, 100.0)
    assert percentile([], 0.5) == 0.0
