"""P3 over time: what a dump still holds of who has been where, after so many days.

Without the keys a dump holds no pair of a person and a platform on any day. What only the keys'
holder could compute shrinks by itself, down to this: which network IDs a person has, since they
must be the same when the person returns after two years; and the consents that still stand.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from idp.app.services import Joining
from idp.domain.clock import SECONDS_PER_DAY
from idp.services import housekeeping
from tests.support import crowd, dumps, refreshing
from tests.support.dumps import Dump
from tests.support.in_clear import names_in_clear
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.refreshing import connect

# What may stay for ever, or is about platforms, operators and the enrolment alone.
STAY: Final = {
    *("people", "passkeys", "pseudonyms", "clients", "former_clients", "enrolments"),
    *("audit", "audit_nodes", "audit_tree", "tree_heads", "instance", "changes"),
}
Pair = tuple[bytes, str]


class Life:
    """Somebody who has been at three platforms, and took one of them back."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.services = Joining(provider.parts)

    async def begin(self) -> None:
        provider = self.provider
        self.platforms = [await Platform.register(provider) for _ in range(3)]
        [self.person_id] = await crowd.enrol(provider, 1)
        remembered, once, withdrawn = self.platforms
        self.browser = provider.browser()
        page = await self.browser.get("/signin")
        assert page.status == 200
        await self.sign_in()
        self.network_ids = {}
        for platform in self.platforms:
            tokens = await platform.tokens(self.browser, remember=platform is not once)
            sub = (await platform.userinfo(tokens["access_token"])).json()["sub"]
            self.network_ids[platform.registered.client.sector] = sub
        async with provider.parts.database.transaction() as transaction:
            await self.services.consents.withdraw(
                transaction,
                self.person_id,
                [withdrawn.client_id],
                [withdrawn.registered.client.sector],
            )
        assert remembered.client_id != withdrawn.client_id

    async def sign_in(self) -> None:
        name = next(name for name in self.browser.cookies if name.endswith("browser"))
        cookie = await crowd.sign_in(self.provider, self.person_id)
        self.browser.cookies[name.replace("browser", "session")] = cookie

    async def wait(self, days: int) -> None:
        self.provider.clock.advance(days * SECONDS_PER_DAY)
        await housekeeping.prune(self.provider.parts.database, self.provider.clock)
        await housekeeping.prune_enrolments(
            self.provider.parts.enrolment_store,
            self.services.enrolment_side.enrolment,
            self.provider.clock,
        )

    def pairs(self, dump: Dump) -> dict[str, set[Pair]]:
        """With the keys, as an auditor: every pair of a person and a platform, by table."""
        found: dict[str, set[Pair]] = {}
        tags = dict(self._tags())
        for name, table in dump.items():
            for row in table.rows:
                found.setdefault(name, set()).update(
                    tags[cell] for cell in row if isinstance(cell, bytes) and cell in tags
                )
        return {name: known for name, known in found.items() if known}

    def _tags(self) -> Iterator[tuple[bytes, Pair]]:
        for platform in self.platforms:
            client = platform.registered.client
            pair = (self.person_id, client.sector)
            yield self.services.pseudonyms.tags(client.sector, self.person_id)[0], pair
            yield self.services.consents.tags(client.client_id, self.person_id)[0], pair
            for tag in self.services.activity._tags(self.person_id, [client.sector])[1:]:
                yield tag, pair


@asynccontextmanager
async def living(folder: Path, **urls: Any) -> AsyncIterator[Life]:
    async with running(folder, sandbox=False, **urls) as provider:
        life = Life(provider)
        await life.begin()
        yield life


def of_sqlite(life: Life) -> Dump:
    settings = life.provider.parts.settings
    urls = (settings.database_url, settings.enrolment_database_url)
    return dumps.from_sqlite(*(url.removeprefix("sqlite:///") for url in urls))


def rows(dump: Dump) -> dict[str, int]:
    return {name: len(table.rows) for name, table in dump.items() if table.rows}


async def test_p3_on_the_first_day_the_pairs_are_there_for_the_keys_and_for_nobody_else(
    tmp_path: Path,
):
    async with living(tmp_path) as life:
        dump = of_sqlite(life)
        remembered, once, withdrawn = (
            (life.person_id, platform.registered.client.sector) for platform in life.platforms
        )
        assert life.pairs(dump) == {
            "pseudonyms": {remembered, once, withdrawn},
            "grants": {remembered, once, withdrawn},
            "activity": {remembered, once, withdrawn},
            "consents": {remembered},
        }
        assert not any(names_in_clear(dump).values())


async def test_p3_after_an_hour_no_sign_in_can_be_told(tmp_path: Path):
    async with living(tmp_path) as life:
        life.provider.clock.advance(3600)
        await life.wait(0)
        assert set(life.pairs(of_sqlite(life))) == {"pseudonyms", "consents", "activity"}


async def check_after_91_days(life: Life, dump: Dump) -> None:
    remembered = (life.person_id, life.platforms[0].registered.client.sector)
    assert set(rows(dump)) <= STAY | {"consents"}
    assert life.pairs(dump)["consents"] == {remembered}
    assert set(life.pairs(dump)) == {"pseudonyms", "consents"}
    assert not any(names_in_clear(dump).values())


async def test_p3_after_91_days_only_current_consents_and_network_ids_are_left(tmp_path: Path):
    async with living(tmp_path) as life:
        await life.wait(91)
        await check_after_91_days(life, of_sqlite(life))


async def test_p3_after_91_days_it_is_the_same_on_postgresql(tmp_path: Path, postgres: Postgres):
    one, other = postgres.new_database(), postgres.new_database()
    async with living(tmp_path, database_url=one, enrolment_database_url=other) as life:
        await life.wait(91)
        await check_after_91_days(life, dumps.from_postgres(postgres, one, other))


async def test_p3_after_a_year_no_consent_is_left_and_the_network_ids_are_the_same(tmp_path: Path):
    async with living(tmp_path) as life:
        await life.wait(366)
        dump = of_sqlite(life)
        assert set(rows(dump)) <= STAY
        assert set(life.pairs(dump)) == {"pseudonyms"}

        await life.wait(366)
        await life.sign_in()
        for platform in life.platforms:
            tokens = await platform.tokens(life.browser)
            sub = (await platform.userinfo(tokens["access_token"])).json()["sub"]
            assert sub == life.network_ids[platform.registered.client.sector]


@pytest.mark.parametrize(("ends_by", "days"), [("disuse", 31), ("age", 366), ("the person", 0)])
async def test_p3_a_platform_that_stays_connected_is_known_for_as_long_as_it_is(
    tmp_path: Path, ends_by: str, days: int
):
    """Without the keys by nothing but that there is such a platform, and when it came last."""
    async with living(tmp_path) as life:
        platform = await refreshing.register(life.provider)
        life.platforms.append(platform)
        connection = await connect(platform, life.browser, remember=True)
        pair = (life.person_id, platform.registered.client.sector)
        await life.wait(1)
        assert life.pairs(of_sqlite(life))["grants"] == {pair}
        assert not any(names_in_clear(of_sqlite(life)).values())
        while ends_by == "age" and days > 25:
            await life.wait(25)
            days -= 25
            await connection.refresh()
        if ends_by == "the person":
            sectors = await life.services.clients.sectors()
            async with life.provider.parts.database.transaction() as transaction:
                await life.services.consents.withdraw(
                    transaction, life.person_id, [platform.client_id], sectors
                )
        await life.wait(days)
        assert "grants" not in life.pairs(of_sqlite(life))


async def test_p3_without_housekeeping_the_rows_would_still_be_there(tmp_path: Path):
    """Or the tests above would pass on tables that were never written to."""
    async with living(tmp_path) as life:
        life.provider.clock.advance(91 * SECONDS_PER_DAY)
        assert {"grants", "activity", "sessions"} <= set(rows(of_sqlite(life)))


@pytest.mark.parametrize("days", [89, 90, 91])
async def test_p3_activity_goes_with_the_day_and_not_before(tmp_path: Path, days: int):
    async with living(tmp_path) as life:
        await life.wait(days)
        assert ("activity" in rows(of_sqlite(life))) == (days <= 90)
