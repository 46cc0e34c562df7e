"""One provider that misbehaves on demand, and a platform of it, without sockets."""

import pytest

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import SimulatedProvider
from tests.support.time import FrozenClock


@pytest.fixture
def provider(clock: FrozenClock) -> SimulatedProvider:
    return SimulatedProvider(clock.now)


@pytest.fixture
def journey(provider: SimulatedProvider, clock: FrozenClock) -> Journey:
    return Journey(provider, clock)
