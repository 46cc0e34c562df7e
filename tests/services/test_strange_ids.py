"""What stands in an address is looked up only when it can be an id: never a 5xx, on no database."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain.operator import Role
from tests.support.operators import Desk
from tests.support.provider import Provider, running

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

# As the server decodes them: %00 is a NUL, which PostgreSQL takes in no text.
STRANGE = ["\0", "A\0B", "\u202e", "\U0001f600", "A" * 5000, "..", " "]


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    url = None
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database()
    async with running(tmp_path, database_url=url) as started:
        yield started


async def test_an_address_that_can_be_no_id_is_not_found(provider: Provider):
    desk = await Desk.join(provider, *Role)
    await provider.sign_in(desk.browser)
    for folder in ("/operator/cases", "/operator/proposals", "/operator/appeals"):
        for strange in STRANGE:
            assert (await desk.browser.get(f"{folder}/{strange}")).status == 404
    for strange in STRANGE:
        assert (await desk.browser.get(f"/account/platforms/{strange}")).status == 404
