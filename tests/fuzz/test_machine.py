"""Whatever clients, a person and time do in whatever order: what lives is what the model says."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.machine import machine_of, settings_of
from tests.support.meter import Meter
from tests.support.provider import running
from tests.support.token_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as loop:
        context = running(tmp_path)
        provider = loop.run(context.__aenter__())
        yield loop.run(World.made(replace(provider, app=Meter(provider.app)), loop))
        loop.run(context.__aexit__(None, None, None))


@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 6749 §6", "RFC 7009 §2", "RFC 9700 §4.14.2")
def test_what_lives_is_what_the_model_says(world: World):
    def another() -> World:
        return world.loop.run(World.made(world.provider, world.loop))

    run_state_machine_as_test(machine_of(another), settings=settings_of(35, 30, derandomize=True))
    meter = world.meter
    assert meter.broken == []
    assert meter.requests > 1000
