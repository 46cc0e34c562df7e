"""Whatever a provider or a browser sends: a sign-in that holds, or an error of ours. No crash."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_id import (
    ClientKey,
    KeyUnusableError,
    Platform,
    SignInError,
    StateMismatchError,
    Tokens,
    discover,
)
from starlette.responses import Response

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    NETWORK_ID,
    SimulatedProvider,
)
from tests.support.time import FrozenClock

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
ENDPOINTS = {
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "pushed_authorization_request_endpoint": f"{ISSUER}/par",
}
HELD = Tokens(issuer=ISSUER, network_id=NETWORK_ID, access_token="a", refresh_token="b")
TOKENS = ("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "error")


def members(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these members, right or wrong ones, and others beside."""
    known: dict[str, Any] = {name: VALUES | st.just("Bearer") for name in names}
    return st.fixed_dictionaries({}, optional=known)


def journey() -> Journey:
    clock = FrozenClock()
    provider = SimulatedProvider(clock.now)
    provider.change_discovery = lambda document: document.update(ENDPOINTS)
    return Journey(provider, clock)


def is_taken_or_refused(work: Coroutine[Any, Any, None]) -> None:
    with suppress(SignInError):
        asyncio.run(work)


async def begin(platform: Platform, _: Journey) -> object:
    return await platform.begin_sign_in()


async def finish(platform: Platform, there: Journey) -> object:
    url, pending = await platform.begin_sign_in()
    return await platform.finish_sign_in(pending, there.provider.answer(url))


async def refresh(platform: Platform, _: Journey) -> object:
    return await platform.refresh(HELD)


async def userinfo(platform: Platform, _: Journey) -> object:
    return await platform.userinfo(HELD)


async def revoke(platform: Platform, _: Journey) -> object:
    await platform.revoke(HELD)
    return None


Use = Callable[[Platform, Journey], Any]
USES: dict[str, tuple[str, bool, Use, tuple[str, ...]]] = {
    "finish": ("/token", False, finish, TOKENS),
    "refresh": ("/token", False, refresh, TOKENS),
    "userinfo": ("/userinfo", False, userinfo, ("sub", "age_over_18", "error")),
    "revoke": ("/revoke", False, revoke, ("error", "error_description")),
    "push": ("/par", True, begin, ("request_uri", "expires_in", "error")),
}


@pytest.mark.parametrize("use", USES)
@settings(max_examples=30)
@given(st.data())
def test_whatever_an_endpoint_answers_it_is_taken_or_refused_by_name(
    use: str, data: st.DataObject
) -> None:
    path, pushed, act, names = USES[use]
    body = json.dumps(data.draw(members(*names) | VALUES)).encode()
    status = data.draw(st.sampled_from([200, 201, 400, 401, 403, 418]))

    async def run() -> None:
        there = journey()
        answer = Response(body, status, media_type="application/json")
        there.provider.answers[path] = answer
        await act(await there.platform(pushed=pushed), there)

    is_taken_or_refused(run())


@settings(max_examples=30)
@given(st.sampled_from(sorted(journey().provider.document())), VALUES)
def test_whatever_the_metadata_say_it_is_used_or_refused_by_name(name: str, value: object) -> None:
    async def run() -> None:
        there = journey()
        there.provider.change_discovery = lambda document: document.update({name: value})
        options = there.options()
        await discover(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, options)

    is_taken_or_refused(run())


@settings(max_examples=50)
@given(st.text(max_size=80) | st.binary(max_size=80))
def test_whatever_the_browser_brings_is_refused_by_name(query: str | bytes) -> None:
    async def run() -> None:
        platform = await journey().platform()
        _, pending = await platform.begin_sign_in()
        await platform.finish_sign_in(pending, query)

    with pytest.raises(SignInError):
        asyncio.run(run())


@settings(max_examples=100)
@given(VALUES | st.binary(max_size=60) | members("kty", "crv", "x", "y", "d", "n", "e", "kid"))
def test_whatever_is_given_as_a_key_is_read_or_refused_by_name(key: Any) -> None:
    with pytest.raises(KeyUnusableError):
        ClientKey.read(key)


def test_half_a_character_in_the_state_is_another_state() -> None:
    async def run() -> None:
        platform = await journey().platform()
        _, pending = await platform.begin_sign_in()
        await platform.finish_sign_in(pending, "state=\udce9")  # as PEP 383 hands octets on

    with pytest.raises(StateMismatchError):
        asyncio.run(run())
