"""A provider with its keys in a token: what it costs when that is slow, hangs or is lost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.keystore import token as tokens
from idp.keystore import token_keys, token_session
from tests.keystore.conftest import Shelf
from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import Provider, running

LONG = 30.0


@pytest_asyncio.fixture
async def provider(pristine: Callable[[str], Shelf], tmp_path: Path) -> AsyncIterator[Provider]:
    keystore = pristine("token").copy(tmp_path / "keys").open()
    async with running(tmp_path, keystore=keystore) as started:
        await started.services.key_lives.load()
        yield started


@pytest_asyncio.fixture
async def platform(provider: Provider) -> Platform:
    return await Platform.register(provider)


@pytest_asyncio.fixture
async def visitor(provider: Provider) -> Browser:
    browser = provider.browser()
    await provider.sign_in(browser)
    return browser


@pytest.fixture
def slowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Have the token wait with every signature until the event comes."""
    go_on, sign = threading.Event(), token_keys.sign

    def slowly(*given: Any) -> bytes:
        go_on.wait(LONG)
        return sign(*given)

    monkeypatch.setattr(token_keys, "sign", slowly)
    yield go_on
    go_on.set()


async def until_healthy(provider: Provider) -> None:
    for _ in range(1000):
        if await provider.parts.keystore.healthy():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it was never taken up again")


async def test_a_slow_token_makes_no_other_request_wait(
    provider: Provider, platform: Platform, visitor: Browser, slowed: threading.Event
):
    redeeming = asyncio.create_task(platform.redeem(await platform.code(visitor)))
    others = [await provider.browser().get(page) for page in ("/jwks", "/signin")]
    another = await platform.code(visitor)
    assert [answer.status for answer in others] == [200, 200]
    assert another
    assert not redeeming.done()
    slowed.set()
    answer = await redeeming
    assert answer.status == 200
    kids = {key["kid"] for key in others[0].json()["keys"]}
    assert parts(answer.json()["id_token"])[0]["kid"] in kids


async def test_a_token_that_hangs_is_answered_by_503_and_uses_no_code_up(
    provider: Provider,
    platform: Platform,
    visitor: Browser,
    slowed: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
):
    codes = [await platform.code(visitor) for _ in range(2)]
    monkeypatch.setattr(tokens, "SIGN_SECONDS", 0.05)
    for code in codes:  # the first finds out, for the second it is known
        answer = await platform.redeem(code)
        assert answer.status == 503
        assert answer.json()["error"] == "temporarily_unavailable"
        assert answer.headers["retry-after"] == "5"
    assert not await provider.parts.keystore.healthy()
    assert (await provider.browser().get("/jwks")).status == 200

    slowed.set()
    monkeypatch.setattr(tokens, "SIGN_SECONDS", LONG)
    await until_healthy(provider)
    assert (await platform.redeem(codes[1])).status == 200


async def test_a_lost_token_is_answered_by_503_until_it_is_back(
    provider: Provider,
    platform: Platform,
    visitor: Browser,
    gone: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(token_session, "_PAUSE_SECONDS", 0.05)
    code = await platform.code(visitor)
    assert (await platform.redeem(code)).status == 200
    codes = [await platform.code(visitor) for _ in range(2)]
    gone(True)
    for code in codes:
        answer = await platform.redeem(code)
        assert (answer.status, answer.json()["error"]) == (503, "temporarily_unavailable")
    gone(False)
    await until_healthy(provider)
    assert (await platform.redeem(codes[1])).status == 200
