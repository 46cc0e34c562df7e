"""The synchronous twin: the same methods, the same checks, from threads and after a fork."""

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

import httpx2
import network_id
import pytest
from network_id import Options, Platform, background, sync
from network_id.keys import COOL_DOWN, OUTAGE
from network_id.sync import SyncPlatform
from starlette.responses import PlainTextResponse

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_logout import SID, logout_token
from tests.support.simulated_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    NETWORK_ID,
    OTHER_RSA,
    SimulatedProvider,
    serving,
)
from tests.support.time import FrozenClock


def discovered(journey: Journey, **changes: object) -> SyncPlatform:
    options = journey.options(**changes)
    return sync.discover(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, options)


def sign_in(platform: SyncPlatform, journey: Journey) -> str:
    url, pending = platform.begin_sign_in()
    return platform.finish_sign_in(pending, journey.provider.answer(url)).network_id


def public(kind: type) -> dict[str, Callable[..., object]]:
    functions = inspect.getmembers(kind, inspect.isfunction)
    return {name: function for name, function in functions if not name.startswith("_")}


def test_it_has_each_method_of_the_platform_with_the_same_parameters() -> None:
    own = public(SyncPlatform)
    theirs = public(Platform) | {"close": Platform.aclose}
    assert own.keys() == theirs.keys() - {"aclose", "check_logout"}
    for name, method in own.items():
        assert inspect.signature(method) == inspect.signature(theirs[name]), name
        assert not inspect.iscoroutinefunction(method)


@pytest.mark.parametrize("name", ["discover", "discover_later"])
def test_it_is_made_with_the_same_parameters(name: str) -> None:
    own, theirs = getattr(sync, name), getattr(network_id, name)
    assert inspect.signature(own).parameters == inspect.signature(theirs).parameters


def test_a_person_is_signed_in_and_out(journey: Journey) -> None:
    with discovered(journey) as platform:
        assert platform.issuer == ISSUER
        assert sign_in(platform, journey) == NETWORK_ID
        assert platform.sign_out("/bye") == "/bye"
        assert CLIENT_SECRET not in repr(platform)


async def test_it_works_on_a_thread_that_runs_an_event_loop(journey: Journey) -> None:
    with discovered(journey) as platform:
        assert sign_in(platform, journey) == NETWORK_ID


def test_a_refusal_has_the_same_name(journey: Journey) -> None:
    with discovered(journey) as platform:
        url, _ = platform.begin_sign_in()
        with pytest.raises(network_id.NoSignInPendingError):
            platform.finish_sign_in(None, journey.provider.answer(url))


def test_a_refusal_of_discovery_has_the_same_name(journey: Journey) -> None:
    journey.provider.away = True
    with pytest.raises(network_id.ProviderUnavailableError):
        discovered(journey)


def test_threads_share_one_platform_and_its_keys(journey: Journey) -> None:
    with discovered(journey) as platform, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: sign_in(platform, journey), range(32)))
    assert results == [NETWORK_ID] * 32
    assert journey.provider.requests.count("/jwks") == 1


def test_unknown_kids_cause_one_fetch_per_cool_down(journey: Journey) -> None:
    with discovered(journey) as platform, ThreadPoolExecutor(8) as threads:
        journey.clock.advance(COOL_DOWN)
        journey.provider.key = OTHER_RSA
        futures = [threads.submit(sign_in, platform, journey) for _ in range(16)]
        refusals = {type(future.exception()) for future in futures}
    assert refusals == {network_id.KeyUnknownError}
    assert journey.provider.requests.count("/jwks") == 2


def test_known_keys_survive_an_outage(journey: Journey) -> None:
    with discovered(journey) as platform:
        journey.provider.answers["/jwks"] = PlainTextResponse("no", 503)
        journey.clock.advance(OUTAGE)
        assert sign_in(platform, journey) == NETWORK_ID


def test_the_time_limit_holds(journey: Journey) -> None:
    async def slowly(*_: object) -> None:
        await asyncio.sleep(60)

    with discovered(journey, seconds=0.05) as platform:
        journey.provider.answers["/token"] = slowly  # type: ignore[assignment]
        with pytest.raises(network_id.ProviderUnavailableError):
            sign_in(platform, journey)


class TimeIsOver(Exception):
    """No OSError: asyncio passes over those while it wakes its loop, and the signal was one."""


def test_whoever_stops_waiting_ends_the_work(journey: Journey) -> None:
    ended = threading.Event()

    async def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def stop(*_: object) -> None:
        raise TimeIsOver

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with discovered(journey, seconds=60) as platform:
            journey.provider.answers["/token"] = interrupted  # type: ignore[assignment]
            with pytest.raises(TimeIsOver):
                sign_in(platform, journey)
            assert ended.wait(10)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_whoever_is_interrupted_while_handing_work_over_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is on its way, and whoever asked for it knows nothing of it."""
    began, ended = threading.Event(), threading.Event()
    hand_over = asyncio.run_coroutine_threadsafe

    async def work() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    def interrupted(*given: Any) -> None:
        hand_over(*given)
        assert began.wait(10)
        raise TimeIsOver

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", interrupted)
    with pytest.raises(TimeIsOver):
        background.run(work)
    assert ended.wait(10)


def test_the_background_loop_never_waits_for_itself(journey: Journey) -> None:
    with discovered(journey) as platform:

        async def call() -> None:
            platform.begin_sign_in()

        with pytest.raises(RuntimeError, match="await"):
            background.run(call)


def test_a_server_starts_while_the_provider_is_away(journey: Journey) -> None:
    journey.provider.away = True
    platform = sync.discover_later(
        ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, journey.options()
    )
    with platform:
        with pytest.raises(network_id.ProviderUnavailableError):
            platform.begin_sign_in()
        journey.provider.away = False
        journey.clock.advance(5)
        assert sign_in(platform, journey) == NETWORK_ID


def test_a_logout_is_verified_once(journey: Journey) -> None:
    with discovered(journey) as platform:
        assert platform.verify_logout(logout_token(journey.provider)).sid == SID
        again = logout_token(journey.provider)
        platform.verify_logout(again)
        with pytest.raises(network_id.LogoutReplayedError) as refusal:
            platform.verify_logout(again)
        assert refusal.value.todo == "End no session, and answer 400."


def test_a_logout_is_remembered_on_the_calling_thread(journey: Journey) -> None:
    asked: list[threading.Thread] = []

    def is_new(*_: object) -> bool:
        asked.append(threading.current_thread())
        return True

    with discovered(journey, logout_is_new=is_new) as platform:
        assert platform.verify_logout(logout_token(journey.provider)).sid == SID
    assert asked == [threading.current_thread()]


@pytest.mark.parametrize("answer", [True, False])
def test_a_logout_may_be_remembered_asynchronously(journey: Journey, answer: bool) -> None:
    async def is_new(*_: object) -> bool:
        await asyncio.sleep(0)
        return answer

    with discovered(journey, logout_is_new=is_new) as platform:
        refusing = nullcontext() if answer else pytest.raises(network_id.LogoutReplayedError)
        with refusing:
            platform.verify_logout(logout_token(journey.provider))


@contextmanager
def http_platform(clock: FrozenClock) -> Iterator[SyncPlatform]:
    provider = SimulatedProvider(clock.now)
    with serving(provider.app) as url:
        provider.issuer = url
        options = Options(clock=clock.now)
        with sync.discover(url, CLIENT_ID, CLIENT_SECRET, f"{url}/callback", options) as platform:
            yield platform


def sign_in_over_http(platform: SyncPlatform) -> str:
    to, pending = platform.begin_sign_in()
    back = httpx2.get(to, trust_env=False).headers["location"]
    return platform.finish_sign_in(pending, urlsplit(back).query).network_id


def in_a_child(work: Callable[[], object]) -> int:
    """Fork, run ``work`` in the child, and return its exit code."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()  # newer Pythons warn of threads, which is what is tested
    if child == 0:
        code = 1
        try:
            code = 0 if work() == NETWORK_ID else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_worker_has_connections_and_a_thread_of_its_own(clock: FrozenClock) -> None:
    with http_platform(clock) as platform:
        assert sign_in_over_http(platform) == NETWORK_ID
        for _ in range(2):
            assert in_a_child(lambda: sign_in_over_http(platform)) == 0
            assert sign_in_over_http(platform) == NETWORK_ID


def test_a_fork_at_a_bad_moment_locks_nobody_out(clock: FrozenClock) -> None:
    with http_platform(clock) as platform, background._process.lock:
        assert in_a_child(lambda: sign_in_over_http(platform)) == 0


SCRIPT = """
import sys
from network_id import sync
platform = sync.discover(sys.argv[1], "a", "b", "https://shop.example/callback")
print(platform.begin_sign_in()[0].startswith(sys.argv[1]))
"""


def test_a_process_that_never_closes_it_ends_all_the_same(clock: FrozenClock) -> None:
    provider = SimulatedProvider(clock.now)
    with serving(provider.app) as url:
        provider.issuer = url
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, url],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


LATE = """
import atexit
late = []
atexit.register(lambda: print("told", type(late[1]()).__name__))
atexit.register(lambda: late[0].close())  # handlers run from the last to the first
from network_id import sync
late.append(sync.discover_later("https://id.example", "a", "b", "https://shop.example/callback"))
def call():
    try:
        late[0].begin_sign_in()
    except RuntimeError as error:
        return error
late.append(call)
late[0].close()
"""


def test_whoever_calls_when_the_process_is_ending_waits_for_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE], check=False, capture_output=True, text=True, timeout=15
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "told RuntimeError\n", "")
