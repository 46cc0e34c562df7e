"""One simulator without a socket for each test."""

import pytest

from tests.support.simulator import World
from tests.support.time import FrozenClock


@pytest.fixture
def world(clock: FrozenClock) -> World:
    return World(clock)
