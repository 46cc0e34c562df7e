"""Weeks of sign-ins on a stepped clock: no table grows once everything has had time to expire."""

from pathlib import Path
from typing import Final

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.services import housekeeping
from idp.storage import tables
from idp.storage.backup import Shape
from idp.storage.database import Database
from idp.storage.schema import Store
from tests.support.accounts import somebody
from tests.support.logins import Platform
from tests.support.provider import running

HISTORY_DAYS: Final = 10
LOGINS: Final = 10  # a day
STEADY: Final = HISTORY_DAYS + 3  # days after which as much leaves as comes
DAYS: Final = 3 * STEADY
# One row a day would be 26 too many: what is left is a session or a code that is a day older.
SLACK: Final = 2


async def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: await Shape(Store.PROVIDER, table).count(database)
        for name, table in tables.provider.tables.items()
    }


@pytest.mark.parametrize(
    "dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
async def test_rows_stay_as_many_as_they_are(
    request: pytest.FixtureRequest, tmp_path: Path, dialect: str
):
    url = None
    if dialect == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    async with running(tmp_path, database_url=url, activity_days=HISTORY_DAYS) as provider:
        owner, platform = await somebody(provider), await Platform.register(provider)
        database, days = provider.parts.database, []
        for _ in range(DAYS):
            await owner.sign_in(owner.browser)
            for _ in range(LOGINS):
                tokens = await platform.tokens(owner.browser)
                assert (await platform.userinfo(tokens["access_token"])).status == 200
            provider.clock.advance(SECONDS_PER_DAY)
            await housekeeping.prune(database, provider.clock, activity_days=HISTORY_DAYS)
            days.append(await counts(database))

    assert days[0]["activity"] > LOGINS
    assert days[-1]["grants"] == 0
    grown = {
        name: (days[STEADY][name], count)
        for name, count in days[-1].items()
        if count > days[STEADY][name] + SLACK
    }
    assert grown == {}
    assert days[-1]["activity"] <= (HISTORY_DAYS + 2) * (LOGINS + 1)
