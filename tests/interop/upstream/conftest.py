"""One eID for all tests of this folder, and instances that know it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.keystore.memory import MemoryKeystore
from tests.support import ready_made
from tests.support.at_eid import steer
from tests.support.live_eid import LiveEid, running_eid, write_settings
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy


@pytest.fixture(scope="package")
def eid() -> Iterator[LiveEid]:
    with running_eid() as started:
        yield started


@pytest.fixture(scope="package")
def keystore() -> MemoryKeystore:
    return ready_made.keystore(SeededEntropy(11))


@pytest_asyncio.fixture(loop_scope="package")
async def provider(
    tmp_path: Path, eid: LiveEid, keystore: MemoryKeystore
) -> AsyncIterator[Provider]:
    file = write_settings(tmp_path, eid.settings())
    async with running(tmp_path, sandbox=False, upstreams_file=file, keystore=keystore) as started:
        await steer(started, eid)
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, eid: LiveEid, keystore: MemoryKeystore
) -> AsyncIterator[Provider]:
    """One instance for all that is refused, since nothing of it stays."""
    folder = tmp_path_factory.mktemp("shared")
    file = write_settings(folder, eid.settings())
    async with running(folder, sandbox=False, upstreams_file=file, keystore=keystore) as started:
        yield started
