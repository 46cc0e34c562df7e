"""Two servers with different active versions of the link secret, on PostgreSQL, at one time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from idp.app import build
from idp.domain.secret_version import SecretState
from idp.storage import link_tags, secret_versions
from idp.storage.connect import connect
from idp.storage.database import Connection
from idp.web.site import Services
from tests.support import jwt
from tests.support.accounts import somebody
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.secret_lives import LINK, states

pytestmark = pytest.mark.postgres
SECTOR = "platform:corner-shop"


@pytest_asyncio.fixture
async def provider(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Provider]:
    urls = [postgres.new_database() for _ in range(2)]
    async with running(
        tmp_path, database_url=urls[0], enrolment_database_url=urls[1], sandbox=False
    ) as started:
        await started.services.secret_versions.load()
        yield started


@asynccontextmanager
async def another_node(provider: Provider) -> AsyncIterator[Provider]:
    """One more server over the same databases and keys."""
    database = connect(provider.parts.settings.database_url, durable=False)
    parts = replace(provider.parts, database=database)
    await database.open()
    try:
        application = build(parts)
        await application.services.secret_versions.load()
        yield Provider(application, parts, application.services, provider.clock)
    finally:
        await database.close()


async def drawn(node: Services, provider: Provider, person_id: bytes) -> str:
    """What a first Allow in a sector does on one server."""
    async with provider.parts.database.transaction() as transaction:
        held = await node.pseudonyms.find_or_draw(transaction, SECTOR, person_id)
        await asyncio.sleep(0)
        return held.pseudonym.network_id


async def activate(provider: Provider) -> None:
    """Let the staged version take over, and move nothing yet."""
    every = await secret_versions.everyone(provider.parts.database)
    old, new = (one for one in every if one.domain is LINK)
    await provider.services.secret_rotation._activate(old, new)


async def test_racing_servers_draw_one_network_id_for_one_person(provider: Provider):
    async with another_node(provider) as late:
        await provider.services.secret_rotation.stage(LINK)
        await late.services.secret_versions.load()
        await activate(provider)
        actives = [one.services.secret_versions.secret(LINK).active for one in (provider, late)]
        assert actives == [2, 1]
        for number in range(20):
            person_id = number.to_bytes(16, "big")
            ids = await asyncio.gather(
                *(drawn(one.services, one, person_id) for one in (late, provider, late, provider))
            )
            assert len(set(ids)) == 1
    rows = await link_tags.some_pseudonyms(provider.parts.database, b"none", after=b"", page=99)
    assert len(rows) == 20
    assert {len(row["holder_tag"]) for row in rows} == {34}  # under the version of the table


async def test_a_version_becomes_active_only_when_nobody_draws_under_the_old_one(
    provider: Provider,
):
    await provider.services.secret_rotation.stage(LINK)
    person_id = bytes(16)
    async with another_node(provider) as late:
        async with late.parts.database.transaction() as transaction:
            first = await late.services.pseudonyms.find_or_draw(transaction, SECTOR, person_id)
            activating = asyncio.create_task(activate(provider))
            drawing = asyncio.create_task(drawn(provider.services, provider, person_id))
            await asyncio.sleep(0.2)
            assert not activating.done()
        await activating
        assert await drawing == first.pseudonym.network_id
    assert (await states(provider, LINK))[2] is SecretState.ACTIVE


async def test_people_sign_in_on_both_servers_while_tags_move(provider: Provider):
    platforms = [await Platform.register(provider) for _ in range(2)]
    people = [await somebody(provider) for _ in range(6)]
    async with another_node(provider) as late:
        subs = {}
        for number, owner in enumerate(people):
            platform = platforms[number % 2]
            page = await platform.ask(owner.browser)
            await platform.decide(owner.browser, page, "allow", remember=True)
            subs[number] = await sub(platform, owner.browser)

        async def signing_in(number: int) -> None:
            owner = people[number]
            for turn in range(8):
                node = (late, provider)[turn % 2]
                platform = Platform(node, platforms[number % 2].registered)
                browser = node.browser()
                browser.cookies |= owner.browser.cookies
                assert await sub(platform, browser) == subs[number]

        await provider.services.secret_rotation.stage(LINK)
        await late.services.secret_versions.load()
        await asyncio.gather(moving(provider), *(signing_in(one) for one in range(6)))
        await provider.services.secret_rotation.rewrap(LINK)
        assert (await provider.services.secret_rotation.left(LINK)).movable == 0
        await asyncio.gather(*(signing_in(one) for one in range(6)))


async def moving(provider: Provider) -> None:
    await asyncio.sleep(0.05)
    await provider.services.secret_rotation.go_on(LINK)


async def sub(platform: Platform, browser: Browser) -> str:
    """Sign in silently; return who the platform is told it is."""
    answer = await browser.get(platform.address(prompt="none"))
    assert "code" in answer.location_query, (answer.status, answer.location, answer.text[:300])
    tokens = await platform.redeem(answer.location_query["code"])
    assert tokens.status == 200, tokens.text
    told: str = jwt.parts(tokens.json()["id_token"])[1]["sub"]
    return told


async def test_a_sign_in_that_waited_for_a_move_hangs_on_what_was_moved(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    """Its statement had looked before; what it locks it looks at once more."""
    platform, owner = await Platform.register(provider), await somebody(provider)
    page = await platform.ask(owner.browser)
    await platform.decide(owner.browser, page, "allow", remember=True)
    moved, waiting, go_on = link_tags.move_pseudonym, asyncio.Event(), asyncio.Event()

    async def slowly(connection: Connection, old: bytes, **tags: bytes) -> None:
        await moved(connection, old, **tags)
        waiting.set()
        await go_on.wait()

    await provider.services.secret_rotation.stage(LINK)
    async with another_node(provider) as late:
        browser = late.browser()
        browser.cookies |= owner.browser.cookies
        monkeypatch.setattr(link_tags, "move_pseudonym", slowly)
        moving = asyncio.create_task(provider.services.secret_rotation.go_on(LINK))
        await waiting.wait()
        signing_in = asyncio.create_task(sub(Platform(late, platform.registered), browser))
        await asyncio.sleep(0.2)
        assert not signing_in.done()
        go_on.set()
        await moving
        assert await signing_in
