"""Who comes in when too many come: as many as get their turn in time, and first who goes on."""

import re
from collections.abc import Callable
from typing import Any, cast

import pytest

from idp.web import admission
from idp.web.admission import FEWEST, FIRST, MOST, TURN_SECONDS, Admission, Kind
from idp.web.middleware import Envelope
from tests.support.provider import Provider

LONG = 2 * TURN_SECONDS
SHORT = TURN_SECONDS / 2


class Loop:
    """Turns when it is told to, and takes as long as it is told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.soon: list[Callable[[], object]] = []
        self.later: list[tuple[float, Callable[[], object]]] = []

    def call_soon(self, called: Callable[..., object], *given: object) -> None:
        self.soon.append(lambda: called(*given))

    def call_later(self, seconds: float, called: Callable[[], object]) -> None:
        self.later.append((seconds, called))

    def turn(self, seconds: float) -> None:
        self.now += seconds
        due, self.soon = self.soon, []
        for called in due:
            called()


class World:
    def __init__(self) -> None:
        self.loop = Loop()
        self.told: list[tuple[int, int]] = []
        self.admission = Admission(
            lambda refused, limit: self.told.append((refused, limit)), lambda: self.loop.now
        )
        self.inside: list[tuple[Kind, float]] = []

    def come(self, kind: Kind = Kind.GOES_ON) -> bool:
        entered = self.admission.enter(kind, cast("Any", self.loop))
        if entered is not None:
            self.inside.append((kind, entered))
        return entered is not None

    def many(self, count: int, kind: Kind = Kind.GOES_ON) -> int:
        return sum(self.come(kind) for _ in range(count))

    def leave(self) -> None:
        for kind, entered in self.inside:
            self.admission.leave(kind, entered)
        self.inside.clear()

    def rounds(self, count: int, seconds: float) -> None:
        """More than can be served come, each round; a turn of the loop takes so many seconds."""
        for _ in range(count):
            self.many(int(self.admission.limit) + 20)
            self.loop.turn(seconds)
            self.leave()
            self.loop.turn(seconds)


@pytest.fixture
def world() -> World:
    return World()


def test_no_more_than_the_limit_come_in_and_a_place_that_is_given_back_is_given_again(
    world: World,
):
    assert world.many(FIRST + 5) == FIRST
    assert world.admission.refused == 5
    world.leave()
    assert world.admission.under_way == 0
    assert world.many(FIRST) == FIRST


def test_beginnings_leave_room_for_what_goes_on(world: World):
    begun = world.many(FIRST, Kind.BEGINS)
    assert begun < FIRST
    assert world.many(FIRST) == FIRST - begun


def test_a_flood_of_what_goes_on_leaves_a_few_places_to_beginnings(world: World):
    assert world.many(FIRST) == FIRST
    assert 0 < world.many(FIRST, Kind.BEGINS) <= FIRST / 4


def test_long_turns_lower_the_limit_down_to_the_fewest(world: World):
    world.rounds(1, 0.6 * TURN_SECONDS)
    assert FIRST / 2 < world.admission.limit < FIRST
    world.rounds(1, 10 * TURN_SECONDS)
    assert FEWEST < world.admission.limit < FIRST / 2
    world.rounds(50, LONG)
    assert world.admission.limit == FEWEST


def test_short_turns_raise_it_while_somebody_is_refused(world: World):
    world.rounds(20, SHORT)
    assert FIRST < world.admission.limit <= MOST
    world.rounds(400, SHORT)
    assert world.admission.limit == MOST


def test_long_turns_lower_it_too_when_only_beginnings_come(world: World):
    for _ in range(50):
        world.many(FIRST, Kind.BEGINS)
        world.loop.turn(LONG)
        world.leave()
        world.loop.turn(LONG)
    assert world.admission.limit == FEWEST


def test_what_was_learned_in_a_storm_is_forgotten_when_it_is_over(world: World):
    world.rounds(50, LONG)
    world.come()
    assert world.admission.limit == FEWEST
    world.leave()
    world.loop.now += 60.0
    world.come()
    assert world.admission.limit == FIRST


def test_with_places_to_spare_long_turns_change_nothing(world: World):
    for _ in range(20):
        world.many(FEWEST // 2 + 1)
        world.loop.turn(LONG)
        world.loop.turn(LONG)
        world.leave()
    assert world.admission.limit == FIRST


def test_what_waits_for_a_database_that_hangs_lowers_the_limit(world: World):
    world.many(FIRST)
    for _ in range(100):
        world.loop.turn(SHORT)
        world.loop.turn(SHORT)
        world.come()
    assert world.admission.limit == FEWEST


def test_one_slow_request_lowers_nothing(world: World):
    world.come()
    slow = world.inside.pop()
    for _ in range(20):
        world.loop.now += 1.0
        world.many(FEWEST - 2)
        world.loop.turn(SHORT)
        world.loop.turn(SHORT)
        world.leave()
    assert world.admission.limit == FIRST
    world.admission.leave(*slow)
    assert world.admission.under_way == 0


def test_a_burst_asks_for_one_look_at_the_loop_not_one_each(world: World):
    world.many(FIRST)
    assert len(world.loop.soon) == 1


def test_refusals_are_told_in_one_line_every_ten_seconds(world: World):
    world.many(FIRST + 7)
    ((seconds, tell),) = world.loop.later
    assert seconds == admission._TELL_SECONDS
    tell()
    assert world.told == [(7, FIRST)]
    world.come()
    world.loop.later[-1][1]()
    assert world.told == [(7, FIRST), (1, FIRST)]


@pytest.mark.parametrize("path", ["/jwks", "/healthz/ready", "/.well-known/openid-configuration"])
def test_what_tells_others_how_things_stand_is_always_answered(path: str):
    for base in ("", "/identity"):
        assert admission._kinds("/identity")[base + path] is Kind.ALWAYS


async def test_every_path_that_is_named_is_one_of_the_providers(provider: Provider):
    browser = provider.browser()
    for path in admission._kinds(""):
        if path != "/register":  # where the settings allow nobody to register it is not there
            assert (await browser.get(path)).status != 404, path


async def test_what_the_page_of_a_refusal_shows_is_always_answered(provider: Provider):
    assert isinstance(provider.app, Envelope)
    gate = provider.app.gate
    _, page = gate.busy.answer("GET", "/authorize", [])
    shown = re.findall(r'"([^"]*/static/[^"]+)"', page.decode())
    assert len(shown) == 2
    assert {gate.kind(path) for path in shown} == {Kind.ALWAYS}
