from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.age import AGES, CLAIM_NAMES, LeapDayRule, answer, answers, civil_day

LEAPLING = date(2008, 2, 29)
birth_dates = st.dates(date(1890, 1, 1), date(2030, 12, 31))
days = st.dates(date(1950, 1, 1), date(2100, 12, 31))
thresholds = st.sampled_from(AGES)
rules = st.sampled_from(LeapDayRule)


@given(birth_dates, thresholds, rules)
def test_a_person_comes_of_age_on_one_day_within_a_day_of_their_birthday(
    birth_date: date, threshold: int, rule: LeapDayRule
):
    around = date(birth_date.year + threshold, birth_date.month, min(birth_date.day, 28))
    nearby = [around + timedelta(days=offset) for offset in range(-3, 5)]
    reached = [answer(birth_date, threshold, day, leap_day_rule=rule) for day in nearby]
    assert reached == sorted(reached)
    first = nearby[reached.index(True)]
    if (birth_date.month, birth_date.day) != (2, 29):
        assert (first.month, first.day) == (birth_date.month, birth_date.day)
    else:
        assert (first.month, first.day) in {(2, 28), (2, 29), (3, 1)}


@given(birth_dates, days, rules)
def test_who_is_over_an_age_is_over_every_lower_one_and_stays_so(
    birth_date: date, today: date, rule: LeapDayRule
):
    reached = [answer(birth_date, age, today, leap_day_rule=rule) for age in AGES]
    tomorrow = today + timedelta(days=1)
    later = [answer(birth_date, age, tomorrow, leap_day_rule=rule) for age in AGES]
    assert reached == sorted(reached, reverse=True)
    assert all(after >= before for before, after in zip(reached, later, strict=True))


@pytest.mark.parametrize(
    ("today", "reached"), [(date(2026, 6, 14), False), (date(2026, 6, 15), True)]
)
def test_a_person_comes_of_age_at_the_start_of_their_birthday(today: date, reached: bool):
    assert answer(date(2008, 6, 15), 18, today) is reached


@pytest.mark.parametrize(
    ("today", "reached"), [(date(2026, 2, 28), False), (date(2026, 3, 1), True)]
)
def test_somebody_born_on_29_february_comes_of_age_on_1_march(today: date, reached: bool):
    assert answer(LEAPLING, 18, today) is reached


@pytest.mark.parametrize(
    ("today", "reached"), [(date(2026, 2, 27), False), (date(2026, 2, 28), True)]
)
def test_the_setting_moves_the_birthday_to_28_february(today: date, reached: bool):
    rule = LeapDayRule.LAST_OF_FEBRUARY
    assert answer(LEAPLING, 18, today, leap_day_rule=rule) is reached


@pytest.mark.parametrize("rule", LeapDayRule)
@pytest.mark.parametrize(
    ("today", "reached"), [(date(2024, 2, 28), False), (date(2024, 2, 29), True)]
)
def test_in_a_leap_year_the_birthday_is_29_february(today: date, reached: bool, rule: LeapDayRule):
    assert answer(LEAPLING, 16, today, leap_day_rule=rule) is reached


def test_1900_and_2100_are_no_leap_years():
    assert not answer(date(2036, 2, 29), 64, date(2100, 2, 28))
    assert answer(date(2036, 2, 29), 64, date(2100, 3, 1))


def test_a_birth_date_in_the_future_is_over_no_age():
    assert not any(answer(date(2030, 1, 1), age, date(2026, 1, 1)) for age in AGES)


def test_a_birthday_beyond_the_calendar_is_not_reached():
    assert not answer(date(9990, 2, 28), 18, date.max)


def test_only_the_asked_ages_are_answered_in_their_order():
    asked = ["age_over_65", "age_over_18"]
    given_answers = answers(date(1990, 1, 1), asked, date(2026, 1, 1))
    assert list(given_answers.items()) == [("age_over_65", False), ("age_over_18", True)]
    assert answers(date(1990, 1, 1), [], date(2026, 1, 1)) == {}


def test_the_leap_day_rule_reaches_every_answer():
    rule = LeapDayRule.LAST_OF_FEBRUARY
    today = date(2026, 2, 28)
    assert answers(LEAPLING, ["age_over_18"], today, leap_day_rule=rule) == {"age_over_18": True}
    assert answers(LEAPLING, ["age_over_18"], today) == {"age_over_18": False}


@pytest.mark.parametrize("name", ["age_over_17", "age_over_19", "age", "birthdate", "AGE_OVER_18"])
def test_an_age_that_is_not_offered_is_refused(name: str):
    with pytest.raises(ValueError, match="the ages offered"):
        answers(date(1990, 1, 1), ["age_over_18", name], date(2026, 1, 1))


def test_four_ages_are_offered():
    assert sorted(CLAIM_NAMES) == ["age_over_14", "age_over_16", "age_over_18", "age_over_65"]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 6, 14)),
        ("Asia/Shanghai", date(2026, 6, 15)),
        ("America/New_York", date(2026, 6, 14)),
        ("Pacific/Kiritimati", date(2026, 6, 15)),
    ],
)
def test_the_civil_day_is_that_of_the_instances_zone(zone: str, day: date):
    half_past_six_in_the_evening = int(datetime(2026, 6, 14, 18, 30, tzinfo=UTC).timestamp())
    assert civil_day(half_past_six_in_the_evening, ZoneInfo(zone)) == day


def test_a_birthday_begins_at_local_midnight():
    zone = ZoneInfo("Asia/Shanghai")
    midnight = int(datetime(2026, 6, 15, tzinfo=zone).timestamp())
    assert not answer(date(2008, 6, 15), 18, civil_day(midnight - 1, zone))
    assert answer(date(2008, 6, 15), 18, civil_day(midnight, zone))
