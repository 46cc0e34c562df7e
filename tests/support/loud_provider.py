"""One provider for all tests of a file, and a world of platforms that hear from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.support.accounts import Somebody, somebody
from tests.support.internet import Internet
from tests.support.leaving import AFTER
from tests.support.listening import listener
from tests.support.provider import Provider, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.logins import Platform

_WORLD = Internet()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with running(tmp_path_factory.mktemp("logouts"), internet=_WORLD) as started:
        yield started


@pytest.fixture
def internet() -> Internet:
    _WORLD.asked.clear()
    _WORLD.down.clear()
    return _WORLD


@pytest_asyncio.fixture(loop_scope="module")
async def two(provider: Provider, internet: Internet) -> tuple[Platform, Platform]:
    back = {"post_logout_redirect_uris": [AFTER]}
    return await listener(provider, internet, **back), await listener(provider, internet)


@pytest_asyncio.fixture(loop_scope="module")
async def owner(provider: Provider) -> Somebody:
    return await somebody(provider)
