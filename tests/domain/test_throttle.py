"""The figures keep to their own rules."""

import pytest

from idp.domain.throttle import LIMITS, Act, Caller, Limit, Subject

WITH_A_PERSON = {Act.MESSAGE, Act.MAIL}
BY_PROGRAMS = {Act.REGISTRATION, Act.PUSH, Act.REQUEST_URI}  # which keep no cookie


@pytest.mark.parametrize("act", Act)
def test_every_act_has_a_limit(act: Act):
    assert LIMITS[act]


@pytest.mark.parametrize("act", sorted(set(Act) - WITH_A_PERSON))
def test_no_strangers_act_is_counted_by_person(act: Act):
    """Lock-out: a count that others can move must not hang on an account."""
    assert Subject.PERSON not in LIMITS[act]


@pytest.mark.parametrize("act", sorted(set(Act) - WITH_A_PERSON - BY_PROGRAMS))
def test_a_network_may_try_more_often_than_a_browser(act: Act):
    assert LIMITS[act][Subject.NETWORK].tries >= 4 * LIMITS[act][Subject.DEVICE].tries


@pytest.mark.parametrize("act", sorted(set(Act) - WITH_A_PERSON))
def test_whoever_waits_for_others_waits_ten_minutes_at_most(act: Act):
    assert LIMITS[act][Subject.NETWORK].seconds <= 600


def test_guessing_enrolment_codes_takes_months_of_ten_thousand_networks():
    limit = LIMITS[Act.ENROLMENT_CODE][Subject.NETWORK]
    tries_a_day = 10_000 * limit.tries * 86400 / limit.seconds
    assert 2**40 / 1000 / tries_a_day > 30


def test_a_window_ends_where_the_next_begins():
    limit = Limit(1, 600)
    assert limit.ends(0) == 600
    assert limit.ends(599) == 600
    assert limit.window(limit.ends(599)) == limit.window(599) + 1


def test_nothing_is_counted_for_a_person_who_is_not_known():
    assert Caller("device", "network").of(Subject.PERSON) is None
    assert Caller("device", "network", b"p").of(Subject.PERSON) == b"p"
