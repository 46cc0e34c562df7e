"""Time: weeks of sign-ins on a stepped clock, and a country of a million people.

No fault of anybody's, but what breaks a service that was never tried for as long, or for as many.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from idp.domain.clock import SECONDS_PER_DAY
from idp.services import housekeeping
from idp.storage import schema, tables
from idp.storage.backup import Shape
from idp.storage.schema import Store
from tests.benchmarks import population
from tests.faults.fault import Fault, Outcome
from tests.support import ready_made
from tests.support.accounts import somebody
from tests.support.logins import Platform
from tests.support.provider import running
from tests.support.query_plans import HOT, scanned_by_postgresql, scanned_by_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from idp.storage.database import Database
    from tests.faults.fault import World

HISTORY_DAYS: Final = 7
STEADY: Final = HISTORY_DAYS + 3  # days after which as much leaves as comes
DAYS: Final = 3 * STEADY
LOGINS: Final = 100  # a day
PEOPLE: Final = 1_000_000
_EVERYTHING: Final = (*population.SHAPES, *population.SHORT_LIVED)
_ROWS_FLAT: Final = "no table has more rows in the end than when as much left as came"
_NO_SCAN: Final = "no statement of a login, or of a page, reads a table as a whole"


async def _counts(database: Database) -> dict[str, int]:
    return {
        name: await Shape(Store.PROVIDER, table).count(database)
        for name, table in tables.provider.tables.items()
    }


async def soak(folder: Path, url: str | None, logins: int) -> Outcome:
    """Sign somebody in so many times a day; compare the rows of the last day with those before."""
    days = []
    async with running(folder, database_url=url, activity_days=HISTORY_DAYS) as provider:
        owner, platform = await somebody(provider), await Platform.register(provider)
        for _ in range(DAYS):
            await owner.sign_in(owner.browser)
            for _ in range(logins):
                await platform.tokens(owner.browser)
            provider.clock.advance(SECONDS_PER_DAY)
            await housekeeping.prune(
                provider.parts.database, provider.clock, activity_days=HISTORY_DAYS
            )
            days.append(await _counts(provider.parts.database))
    first, last = days[STEADY], days[-1]
    wrong = [
        f"{name} grew from {first[name]} to {count} rows"
        for name, count in last.items()
        if count > first[name]
    ]
    least = HISTORY_DAYS * logins
    if last["activity"] < least:
        wrong.append(f"the history has {last['activity']} rows and should have {least}")
    figure = f"{DAYS * logins} logins in {DAYS} days: {sum(first.values())} rows on day {STEADY}"
    return Outcome(f"{figure}, {sum(last.values())} on the last", wrong)


async def _soaked(kind: str, world: World) -> Outcome:
    if kind == "sqlite":
        return await soak(world.folder, None, world.count(LOGINS))
    with world.cluster() as cluster:
        return await soak(world.folder, cluster.new_database(), world.count(LOGINS))


async def _planned(kind: str, world: World) -> Outcome:
    people = world.count(PEOPLE)
    if kind == "sqlite":
        file = world.folder / "provider.db"
        ready_made.database(Store.PROVIDER, f"sqlite:///{file}")
        population.load_file(str(file), people, _EVERYTHING)
        found = scanned_by_sqlite(str(file))
    else:
        with world.cluster() as cluster:
            url = cluster.new_database()
            schema.upgrade(Store.PROVIDER, url)
            await population.load_server(url, people, _EVERYTHING)
            found = await scanned_by_postgresql(url)
    wrong = [f"{name} reads {what}" for name, what in sorted(found)]
    return Outcome(f"{len(HOT)} statements among {people} people, {len(wrong)} read a table", wrong)


KINDS: Final = ("sqlite", "postgresql")
FAULTS: Final = [
    *(Fault(f"soak-{kind}", _ROWS_FLAT, partial(_soaked, kind)) for kind in KINDS),
    *(Fault(f"plans-{kind}", _NO_SCAN, partial(_planned, kind)) for kind in KINDS),
]
