"""Each demo platform in this process, at the simulated provider."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from fastapi import FastAPI
from network_id import Options, Platform, discover

from relying_parties.demo import Settings, shell
from relying_parties.forum import app as forum_app
from relying_parties.shop import app as shop_app
from tests.support.demo_visitor import Visitor
from tests.support.simulated_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, SimulatedProvider
from tests.support.time import FrozenClock

URL = "https://platform.example"
PLATFORMS: dict[str, Callable[[Settings], FastAPI]] = {
    "shop": shop_app.create_app,
    "forum": forum_app.create_app,
}


@pytest.fixture
def settings() -> Settings:
    return Settings(ISSUER, CLIENT_ID, CLIENT_SECRET, URL, "a secret that signs cookies")


@pytest.fixture(params=PLATFORMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def visitor(
    name: str,
    settings: Settings,
    provider: SimulatedProvider,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Visitor]:
    options = Options(clock=clock.now, transport=provider.transport())

    # The platforms take the SDK's defaults; only the way out and the clock are the test's.
    async def discover_there(issuer: str, client: str, secret: str, back: str) -> Platform:
        return await discover(issuer, client, secret, back, options)

    monkeypatch.setattr(shell, "discover", discover_there)
    transport = httpx2.ASGITransport(app=PLATFORMS[name](settings), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as browser:
        yield Visitor(browser, provider)
