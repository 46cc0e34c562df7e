"""The three parts of the long run. Each goes on for its seconds and returns its figures."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode

from tests.fuzz.checks import CHECKS_MADE
from tests.fuzz.machine import machine_of, settings_of
from tests.support.hostile_tokens import Good, hostile
from tests.support.internet import Internet
from tests.support.jwt_kinds import JWTS
from tests.support.jwt_sinks import LENIENT, SINKS, right, scene_of
from tests.support.meter import Meter
from tests.support.provider import running
from tests.support.registering import ORDINARY
from tests.support.served import resident, served
from tests.support.token_world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.jwt_kinds import Scene

_BATCH: Final = 400
_BENT: Final = 200
_SECONDS: Final = 30


@dataclass
class Figures:
    """What one part tried, and what it found."""

    requests: int = 0
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0
    before: float = 0.0
    after: float = 0.0
    diverged: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        told = (
            f"{name}: {self.requests} requests, {len(self.broken)} of 5xx,"
            f" {len(self.diverged)} otherwise than they should be,"
            f" slowest refusal {self.slowest:.0f} ms,"
            f" memory {self.before:.0f} MB before, {self.after:.0f} MB after"
        )
        return "\n".join([told, *(f"  {one}" for one in (*self.broken, *self.diverged)[:20])])

    def of(self, meter: Meter) -> None:
        """Take over what a meter counted."""
        self.requests += meter.requests
        self.broken += meter.broken
        self.slowest = max(self.slowest, meter.slowest)


def described(folder: Path, seconds: float, number: int) -> Figures:
    """Requests by the description, and against it, to a provider that is really served."""
    figures, until = Figures(), time.monotonic() + seconds
    with served(folder) as (issuer, pid):
        session = requests.Session()
        told = session.post(f"{issuer}/register", json=ORDINARY, timeout=_SECONDS).json()
        client = (told["client_id"], told["client_secret"])
        document = session.get(f"{issuer}/openapi.json", timeout=_SECONDS).json()
        found: list[Any] = list(schemathesis.openapi.from_dict(document).get_all_operations())
        cases = [one.ok().as_strategy(mode) for one in found for mode in GenerationMode]
        trying = _Trying(issuer, session, client, figures)
        for batch in itertools.count(number):
            _batch(st.one_of(cases), trying, batch, until)
            figures.after = resident(pid)
            figures.before = figures.before or figures.after  # once everything has been loaded
            if time.monotonic() >= until:
                return figures
    return figures


@dataclass
class _Trying:
    """Sends one case, as a stranger or as a client that proves itself, and judges the answer."""

    issuer: str
    session: requests.Session
    client: tuple[str, str]
    figures: Figures

    def send(self, case: Any, proved: bool) -> None:
        arguments = case.as_transport_kwargs(base_url=self.issuer)
        if proved:
            arguments["auth"] = self.client
        began, meter = time.perf_counter(), Meter(app=_nobody)
        answer = self.session.request(**arguments, timeout=_SECONDS, allow_redirects=False)
        meter.note(f"{answer.request.method} {answer.url[:200]}", answer.status_code, began)
        self.figures.of(meter)
        try:
            case.validate_response(answer, checks=CHECKS_MADE)
        except BaseExceptionGroup as wrong:
            self.figures.diverged.append(f"{answer.request.method} {answer.url[:200]}: {wrong}")


async def _nobody(*_: object) -> None:
    """An application that a meter does not need."""


def _batch(cases: st.SearchStrategy[Any], trying: _Trying, number: int, until: float) -> None:
    @seed(number)
    @settings(
        max_examples=_BATCH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, proved=st.booleans())
    def run(case: Any, proved: bool) -> None:
        if time.monotonic() < until:
            trying.send(case, proved)

    run()


def hostile_tokens(folder: Path, seconds: float, number: int) -> Figures:
    """Every lie at every place, then bent texts at random, over and over."""
    return asyncio.run(_hostile_tokens(folder, seconds, random.Random(number)))


async def _hostile_tokens(folder: Path, seconds: float, chance: random.Random) -> Figures:
    figures, until = Figures(), time.monotonic() + seconds
    async with scene_of(folder, Internet()) as scene:
        places = [
            (sink, kind)
            for sink, place in SINKS.items()
            for kind in sorted(place.takes & set(JWTS))
            if not place.spoils
        ]
        while time.monotonic() < until:
            chance.shuffle(places)
            for sink, kind in places:
                scene.provider.clock.advance(1)
                figures.diverged += await _lies(scene, sink, kind, chance)
                if time.monotonic() >= until:
                    break
            await scene.renewed()
            figures.after = resident()
            figures.before = figures.before or figures.after
        figures.of(scene.meter)
    return figures


async def _lies(scene: Scene, sink: str, kind: str, chance: random.Random) -> list[str]:
    signer = (await scene.good(kind)).signer
    good = Good(await right(scene, sink, kind), signer)
    lies = {n: lie for n, lie in hostile(good).items() if n not in LENIENT.get(sink, frozenset())}
    lies |= {f"bent {place}": bent(good.resigned(), chance) for place in range(_BENT)}
    taken = [name for name, lie in lies.items() if await SINKS[sink].took(scene, lie)]
    return [f"{sink} took {kind}: {name}: {lies[name][:300]}" for name in taken]


def bent(text: str, chance: random.Random) -> str:
    """A text that differs from a good one in a few places, or in one part."""
    letters = list(text)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(letters))
        way = chance.randrange(3)
        letter = chance.choice('AZaz09-_.=+/ \t%~{}"\u00e9')
        letters[place] = "" if way == 0 else letter if way == 1 else letters[place] + letter
    found = "".join(letters)
    # A blank around it is no other text to a header; nor is one that came out the same.
    return found if found.strip() != text else text[:-1]


def state_machine(folder: Path, seconds: float, number: int) -> Figures:
    """Anything in any order, against the reference model."""
    figures, until = Figures(), time.monotonic() + seconds
    with asyncio.Runner() as loop:
        for place in itertools.count(number):
            home = folder / str(place)
            home.mkdir()
            _one_life(home, loop, figures)
            figures.after = resident()
            figures.before = figures.before or figures.after
            if figures.diverged or time.monotonic() >= until:
                return figures
    return figures


def _one_life(home: Path, loop: asyncio.Runner, figures: Figures) -> None:
    """Twenty runs at one provider."""
    context = running(home)
    started = loop.run(context.__aenter__())
    provider = replace(started, app=Meter(started.app))

    def another() -> World:
        return loop.run(World.made(provider, loop))

    try:
        run_state_machine_as_test(machine_of(another), settings=settings_of(20, 50))
    except AssertionError as diverged:
        figures.diverged.append("\n".join([str(diverged), *getattr(diverged, "__notes__", [])]))
    finally:
        loop.run(context.__aexit__(None, None, None))
    assert isinstance(provider.app, Meter)
    figures.of(provider.app)
