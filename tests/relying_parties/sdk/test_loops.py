"""One Platform on several event loops: test clients and scripts run one after the other."""

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import network_id
import pytest
from network_id import Platform, discover_later
from network_id.keys import COOL_DOWN

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    NETWORK_ID,
    OTHER_RSA,
    SimulatedProvider,
    serving,
)

# A loop that is closed leaves its sockets behind, so this has a process of its own.
SCRIPT = """
import asyncio, sys
import httpx2
from network_id import discover_later

issuer, client_id, client_secret = sys.argv[1:]
platform = discover_later(issuer, client_id, client_secret, "http://localhost:8000/callback")

async def sign_in():
    to, pending = await platform.begin_sign_in()
    back = httpx2.get(to, trust_env=False).headers["location"]
    return (await platform.finish_sign_in(pending, back)).network_id

print([asyncio.run(sign_in()) for _ in range(3)])
"""


def test_connections_of_one_loop_are_not_used_on_another() -> None:
    provider = SimulatedProvider(lambda: int(time.time()))
    with serving(provider.app) as url:
        provider.issuer = url
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, url, CLIENT_ID, CLIENT_SECRET],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.stdout, done.stderr) == (f"{[NETWORK_ID] * 3}\n", "")
    assert provider.requests.count("/jwks") == 1  # what was known was handed on


def later(journey: Journey) -> Platform:
    return discover_later(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, journey.options())


def test_loops_of_several_threads_are_kept_apart(journey: Journey) -> None:
    platform = later(journey)
    asyncio.run(platform.ready())
    with ThreadPoolExecutor(4) as threads:
        signed_in = threads.map(lambda _: asyncio.run(journey.sign_in(platform)), range(12))
        assert {one.network_id for one in signed_in} == {NETWORK_ID}
    assert journey.provider.requests.count("/jwks") == 1


def test_no_two_loops_share_connections(journey: Journey) -> None:
    platform = later(journey)

    async def here() -> int:
        return id(platform._providers.here())

    with asyncio.Runner() as one, asyncio.Runner() as other:
        first, second = one.run(here()), other.run(here())
        assert first != second
        assert (one.run(here()), other.run(here())) == (first, second)


def test_what_belongs_to_a_closed_loop_is_dropped(journey: Journey) -> None:
    platform = later(journey)
    for _ in range(5):
        asyncio.run(journey.sign_in(platform))
    assert len(platform._providers._of_loop) == 1


async def test_a_platform_that_was_closed_opens_new_connections_when_it_is_used(
    journey: Journey,
) -> None:
    platform = await journey.platform()  # as where an application starts twice on one loop
    await platform.aclose()
    journey.provider.key = OTHER_RSA
    journey.provider.published = [OTHER_RSA]
    journey.clock.advance(COOL_DOWN)
    assert (await journey.sign_in(platform)).network_id == NETWORK_ID
    await platform.aclose()
    await platform.aclose()


def test_a_provider_that_is_away_is_left_in_peace_by_the_next_loop_too(journey: Journey) -> None:
    journey.provider.away = True
    platform = later(journey)
    for _ in range(3):
        with pytest.raises(network_id.ProviderUnavailableError):
            asyncio.run(platform.ready())
    assert len(journey.provider.requests) == 1
