"""Tries are counted by browser, network and person, and the count ends with its window."""

import asyncio

import pytest
from msgspec.structs import replace

from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import LIMITS, Act, Caller, Subject
from idp.services.throttle import Throttle
from tests.support.provider import Provider
from tests.support.shared_provider import dump

HERE = Caller("this browser", "192.0.2.0/24")
DEVICE = LIMITS[Act.ENROLMENT_CODE][Subject.DEVICE]
NETWORK = LIMITS[Act.ENROLMENT_CODE][Subject.NETWORK]


@pytest.fixture
def throttle(provider: Provider) -> Throttle:
    return provider.services.throttle


async def refused(throttle: Throttle, caller: Caller, act: Act = Act.ENROLMENT_CODE) -> int:
    """Count one try more than are allowed; return the seconds to wait."""
    with pytest.raises(Refusal) as caught:
        await throttle.count(act, caller)
    assert caught.value.cause is Cause.TOO_MANY_TRIES
    return int(caught.value.detail["retry_after"])


async def test_a_browser_waits_for_the_rest_of_the_window(provider: Provider, throttle: Throttle):
    for _ in range(DEVICE.tries):
        await throttle.count(Act.ENROLMENT_CODE, HERE)
    wait = await refused(throttle, HERE)
    assert 0 < wait <= DEVICE.seconds
    provider.clock.advance(wait - 1)
    await refused(throttle, HERE)
    provider.clock.advance(1)
    await throttle.count(Act.ENROLMENT_CODE, HERE)


async def test_another_browser_of_the_network_goes_on(throttle: Throttle):
    for _ in range(DEVICE.tries):
        await throttle.count(Act.ENROLMENT_CODE, HERE)
    await refused(throttle, HERE)
    await throttle.count(Act.ENROLMENT_CODE, replace(HERE, device="another"))


async def test_a_browser_that_throws_its_name_away_is_stopped_by_its_network(throttle: Throttle):
    for number in range(NETWORK.tries):
        await throttle.count(Act.ENROLMENT_CODE, replace(HERE, device=f"browser {number}"))
    await refused(throttle, replace(HERE, device="one more"))
    await throttle.count(Act.ENROLMENT_CODE, replace(HERE, network="198.51.100.0/24"))


async def test_whoever_is_over_the_networks_limit_adds_no_more_rows(
    provider: Provider, throttle: Throttle
):
    for number in range(NETWORK.tries + 20):
        try:
            await throttle.count(Act.ENROLMENT_CODE, replace(HERE, device=f"browser {number}"))
        except Refusal:
            continue
    assert len(dump(provider)["provider.throttles"]) == NETWORK.tries + 1


async def test_tries_at_once_do_not_pass_together(throttle: Throttle):
    tries = [throttle.count(Act.ENROLMENT_CODE, HERE) for _ in range(DEVICE.tries + 7)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert answers.count(None) == DEVICE.tries


async def test_a_right_try_costs_nothing(throttle: Throttle):
    for _ in range(3 * NETWORK.tries):
        await throttle.count(Act.ENROLMENT_CODE, HERE)
        await throttle.give_back(Act.ENROLMENT_CODE, HERE)


async def test_one_act_does_not_use_up_another(throttle: Throttle):
    for _ in range(DEVICE.tries):
        await throttle.count(Act.ENROLMENT_CODE, HERE)
    await throttle.count(Act.RECOVERY_CODE, HERE)


async def test_a_persons_own_messages_are_counted_for_nobody_else(throttle: Throttle):
    one, other = replace(HERE, person_id=b"one"), replace(HERE, person_id=b"other")
    for _ in range(LIMITS[Act.MESSAGE][Subject.PERSON].tries):
        await throttle.count(Act.MESSAGE, one)
    await refused(throttle, one, Act.MESSAGE)
    await throttle.count(Act.MESSAGE, other)


async def test_a_dump_tells_neither_who_tried_nor_what(provider: Provider, throttle: Throttle):
    await throttle.count(Act.ENROLMENT_CODE, HERE)
    shown = repr(dump(provider)["provider.throttles"])
    assert not any(word in shown for word in ("192.0.2", "browser", "enrolment", "network"))
