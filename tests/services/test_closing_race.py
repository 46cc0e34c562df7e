"""Closing while somebody goes on using the account: nothing is left behind, nothing locks up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain.refusal import Refusal
from idp.storage import grants
from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform
from tests.support.provider import Provider, running

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    urls: dict[str, str] = {}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        urls = {
            name: postgres.new_database() for name in ("database_url", "enrolment_database_url")
        }
    async with running(
        tmp_path,
        database_url=urls.get("database_url"),
        enrolment_database_url=urls.get("enrolment_database_url"),
    ) as started:
        yield started


def session(owner: Somebody) -> str:
    return next(value for name, value in owner.browser.cookies.items() if name.endswith("session"))


async def ask(owner: Somebody, platform: Platform) -> None:
    """A login that asks nothing, on the consent that is remembered."""
    authorize = owner.provider.services.authorize
    await authorize.begin(platform.request(prompt="none"), session(owner))


async def allow(owner: Somebody, platform: Platform, *, remember: bool = False) -> None:
    """A login that the person says yes to at this moment."""
    authorize = owner.provider.services.authorize
    asked = await authorize.begin(platform.request(prompt="consent"), session(owner))
    await authorize.resume(asked.attempt.interaction, session(owner), allowed=remember)


async def remember(owner: Somebody, platform: Platform) -> None:
    await allow(owner, platform, remember=True)


async def test_logins_that_race_with_closing_leave_nothing_behind(provider: Provider):
    for _ in range(3):
        owner = await somebody(provider)
        platforms = [await Platform.register(provider) for _ in range(3)]
        for platform in platforms:
            page = await platform.ask(owner.browser)
            await platform.decide(owner.browser, page, "allow", remember=True)
        racing = [act(owner, one) for one in platforms for act in (ask, allow, ask, remember)]
        racing.insert(len(racing) // 2, provider.services.closing.close(owner.person_id))
        done = await asyncio.gather(*racing, return_exceptions=True)
        assert [one for one in done if isinstance(one, Exception)] == [
            one for one in done if isinstance(one, Refusal)
        ]
        assert await left(owner) == []


async def left(owner: Somebody) -> list[object]:
    """All that there still is of a person at platforms."""
    services, database = owner.provider.services, owner.provider.parts.database
    sectors = await services.clients.sectors()
    tags = [services.pseudonyms.tags(sector, owner.person_id)[0] for sector in sectors]
    return [
        *await services.pseudonyms.everywhere(owner.person_id, sectors),
        *await services.consents.everywhere(owner.person_id, await services.clients.ids()),
        *await grants.of_holders(database, tags),
        *await services.activity.events(owner.person_id, sectors),
        *await services.sessions.of(owner.person_id),
    ]


async def test_closing_in_two_tabs_at_once_is_closing_once(provider: Provider):
    owner = await somebody(provider)
    close = provider.services.closing.close
    await asyncio.gather(*(close(owner.person_id) for _ in range(6)))
    assert await left(owner) == []
    assert await provider.services.closing.finish(batch=9) == 0
    assert await provider.services.enrolment.find(owner.proof) is None
