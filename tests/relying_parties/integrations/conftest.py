"""One site in each framework; every case is told of all three."""

import pytest
from django.core.cache import cache

from tests.support.framework_sites import BUILDERS, Build, Site, Visitor
from tests.support.framework_sites import site as build
from tests.support.simulated_provider import SimulatedProvider
from tests.support.time import FrozenClock


@pytest.fixture(params=sorted(BUILDERS))
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_site(framework: str, provider: SimulatedProvider, clock: FrozenClock) -> Build:
    """Build the site with choices of the test's own."""
    cache.clear()
    return lambda **choices: build(framework, provider, clock, **choices)


@pytest.fixture
def site(make_site: Build) -> Site:
    return make_site()


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()
