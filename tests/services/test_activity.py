"""A person's own history."""

from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from idp.domain.activity import KEPT_DAYS, Happened
from idp.domain.clock import SECONDS_PER_DAY
from idp.services import housekeeping
from idp.storage import activity, tables
from idp.storage.statement import Statement
from tests.support import pushing
from tests.support.logins import Platform
from tests.support.provider import Provider, running

SHOP, FORUM = "platform:shop", "platform:forum"
PERSON, NEIGHBOUR = b"p" * 16, b"n" * 16


async def test_a_person_sees_their_events_newest_first_and_nobody_elses(provider: Provider):
    service, database = provider.services.activity, provider.parts.database
    await service.note(database, PERSON, Happened.PLATFORM_ALLOWED, sector=SHOP, client_id="shop")
    provider.clock.advance(5)
    await service.note(database, PERSON, Happened.PASSKEY_ADDED, name="phone")
    await service.note(database, NEIGHBOUR, Happened.PASSKEY_ADDED, name="theirs")
    found = await service.events(PERSON, [SHOP, FORUM])
    assert [(event.happened, event.detail) for event in found] == [
        (Happened.PASSKEY_ADDED, {"name": "phone"}),
        (Happened.PLATFORM_ALLOWED, {"client_id": "shop"}),
    ]
    assert [event.happened for event in await service.events(PERSON, [FORUM])] == [
        Happened.PASSKEY_ADDED
    ]


async def test_clearing_takes_a_persons_events_and_nobody_elses(provider: Provider):
    service, database = provider.services.activity, provider.parts.database
    await service.note(database, PERSON, Happened.PLATFORM_ALLOWED, sector=SHOP)
    await service.note(database, NEIGHBOUR, Happened.PLATFORM_ALLOWED, sector=SHOP)
    await service.clear(database, PERSON, [SHOP])
    assert await service.events(PERSON, [SHOP]) == []
    assert len(await service.events(NEIGHBOUR, [SHOP])) == 1


async def test_an_event_is_gone_after_its_days(provider: Provider):
    service, database = provider.services.activity, provider.parts.database
    await service.note(database, PERSON, Happened.SIGNED_IN)
    provider.clock.advance(KEPT_DAYS * SECONDS_PER_DAY)
    await housekeeping.prune(database, provider.clock)
    assert len(await service.events(PERSON, [])) == 1
    provider.clock.advance(SECONDS_PER_DAY)
    await housekeeping.prune(database, provider.clock)
    assert await service.events(PERSON, []) == []


async def test_no_two_events_of_one_person_at_two_platforms_share_a_tag(provider: Provider):
    service, database = provider.services.activity, provider.parts.database
    for sector in (SHOP, FORUM, ""):
        await service.note(database, PERSON, Happened.SIGNED_IN, sector=sector)
    tags = service._tags(PERSON, [SHOP, FORUM])
    rows = await activity.of_tags(database, tags)
    assert len({row["tag"] for row in rows}) == 3
    assert len({len(row["facts_sealed"]) for row in rows}) == 1


async def test_an_instance_that_keeps_no_history_stores_none(tmp_path: Path):
    async with running(tmp_path, sandbox=False, activity_days=0) as provider:
        service, database = provider.services.activity, provider.parts.database
        await service.note(database, PERSON, Happened.SIGNED_IN)
        assert await activity.of_tags(database, service._tags(PERSON, [])) == []


async def test_nor_does_a_login_there_store_any(tmp_path: Path):
    """The event of a login is stored in one statement with its grant: each has a form without."""
    async with running(tmp_path, activity_days=0) as provider:
        platform = await Platform.register(provider)
        browser = provider.browser()
        await platform.tokens(browser, "adult", remember=True)
        silent = await browser.get(platform.address(prompt="none"))
        assert "code" in silent.location_query
        pushed = await pushing.request_uri(platform)
        query = urlencode({"client_id": platform.client_id, "request_uri": pushed})
        assert "code" in (await browser.get(f"/authorize?{query}")).location_query
        count = Statement(select(func.count().label("many")).select_from(tables.activity))
        found = await provider.parts.database.one(count)
        assert found is not None
        assert found["many"] == 0
