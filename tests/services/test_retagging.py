"""The link secret gets a new version, and all that is tagged moves to it while people sign in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp import app as joining
from idp.domain import enrolment_code
from idp.domain.link_keys import LinkKeys
from idp.domain.operator import Role
from idp.domain.person import SuspensionNotice
from idp.domain.secret_version import WAIT_SECONDS, SecretState
from idp.services import housekeeping
from idp.services.platforms import Platform as AtPlatform
from idp.services.replays import Replays
from idp.storage import link_tags, tables
from tests.support import refreshing
from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.secret_lives import (
    LINK,
    MAIL,
    Killed,
    begin,
    finish,
    same_life,
    states,
    take_over,
)
from tests.support.shared_provider import dump
from tests.support.whole_life import close, export, lived


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False, **MAIL) as started:
        await started.services.secret_versions.load()
        yield started


async def test_a_whole_life_outlives_the_link_secret(provider: Provider):
    owner, platforms = await lived(provider)
    before = await export(owner)
    await begin(provider, LINK)
    during = await export(owner)
    left = await provider.services.secret_rotation.left(LINK)
    assert (left.movable, left.kept) == (0, 10)  # recovery codes
    await finish(provider, LINK)
    after = await export(owner)

    assert await states(provider, LINK) == {1: SecretState.KEPT, 2: SecretState.ACTIVE}
    for told in (during, after):
        assert same_life(told, before)
    assert platforms
    await close(owner)
    rows = {name: len(found) for name, found in dump(provider).items()}
    assert rows["provider.pseudonyms"] == rows["provider.consents"] == 0
    assert rows["provider.grants"] == rows["provider.activity"] == 0


async def test_tags_tell_their_version_and_nothing_is_left_of_the_old_one(provider: Provider):
    await lived(provider)
    await begin(provider, LINK)
    found = dump(provider)
    for table, column in (
        (tables.pseudonyms, "holder_tag"),
        (tables.pseudonyms, "network_id_tag"),
        (tables.consents, "tag"),
        (tables.consents, "items_tag"),
        (tables.grants, "holder_tag"),
        (tables.grants, "consent_tag"),
        (tables.activity, "tag"),
        (tables.enrolments, "person_tag"),
    ):
        store = "enrolment" if table is tables.enrolments else "provider"
        place = list(table.columns.keys()).index(column)
        rows = found[f"{store}.{table.name}"]
        assert {row[place][32:] for row in rows} == {b"\0\2"}, (table.name, column)


@pytest.mark.parametrize("after", [0, 3, 6])
async def test_moving_tags_that_was_killed_goes_on_where_it_stopped(
    provider: Provider, after: int, monkeypatch: pytest.MonkeyPatch
):
    owner, _ = await lived(provider)
    before = await export(owner)
    names = ("move_pseudonym", "move_consent", "move_grant", "move_activity")
    left = [after]

    def until_killed(work):  # noqa: ANN001
        async def doing(*given, **named):  # noqa: ANN002, ANN003
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return await work(*given, **named)

        return doing

    rotation = provider.services.secret_rotation
    await rotation.stage(LINK)
    with monkeypatch.context() as broken:
        for name in names:
            broken.setattr(link_tags, name, until_killed(getattr(link_tags, name)))
        with pytest.raises(Killed):
            await rotation.go_on(LINK)
    assert (await rotation.left(LINK)).movable > 0
    during = await export(owner)
    assert same_life(during, before)

    await rotation.go_on(LINK)
    assert (await rotation.left(LINK)).movable == 0
    assert same_life(await export(owner), before)
    await close(owner)
    assert dump(provider)["provider.pseudonyms"] == []


async def test_what_was_used_before_is_used_in_every_version(provider: Provider):
    versions = provider.services.secret_versions
    keys = versions.following(LINK, LinkKeys(versions.secret(LINK)))
    replays = Replays(provider.parts.database, link=keys)
    spend, is_spent = replays.spend, replays.is_spent
    now = provider.clock.now()
    once: dict[str, Any] = {"expires_at": now + 3 * 86400, "made_at": now}
    assert await spend("kind", "owner", "before", **once)
    await provider.services.secret_rotation.stage(LINK)
    assert not await spend("kind", "owner", "before", **once)
    assert await spend("kind", "owner", "staged", **once)
    await provider.services.secret_rotation.go_on(LINK)
    for value in ("before", "staged"):
        assert not await spend("kind", "owner", value, **once)
        assert await is_spent("kind", "owner", value, made_at=now)
    await finish(provider, LINK)
    assert not await spend("kind", "owner", "staged", **once)


async def test_recovery_codes_on_paper_outlive_the_link_secret(provider: Provider):
    owner, _ = await lived(provider)
    made = provider.services.recovery_codes
    codes = await made.make(owner.person_id, made.once())
    assert codes is not None
    await begin(provider, LINK)
    await finish(provider, LINK)
    tag, person_id = await made.find(codes[0])
    assert (person_id, len(tag)) == (owner.person_id, 32)
    await made.make(owner.person_id, made.once())
    await provider.services.secret_versions.load()
    assert (await provider.services.secret_rotation.left(LINK)).kept == 0
    await begin(provider, LINK, 3)


async def test_links_and_codes_that_wait_hold_their_version_until_they_end(provider: Provider):
    operators = provider.services.operations.operators
    invitation = await operators.add("Wei", frozenset({Role.AUDITOR}))
    await begin(provider, LINK)
    assert await operators.open_link("browser", invitation.link)
    provider.clock.advance(WAIT_SECONDS[LINK])
    waiting = await provider.services.secret_rotation.go_on(LINK)
    assert (waiting.is_over, waiting.left.dying) == (False, 1)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert (await provider.services.secret_rotation.go_on(LINK)).is_over


async def test_a_registrars_code_is_good_through_the_rotation(provider: Provider):
    vouchers, enrolment = provider.services.vouchers, provider.services.enrolment
    owner, _ = await lived(provider)
    issued = await vouchers.issue(enrolment.identity(owner.proof))
    await begin(provider, LINK)
    code = enrolment_code.parse(issued.code)
    assert len(await vouchers.of_code(code)) == 32


async def test_a_platform_stays_connected_while_tags_move(tmp_path: Path):
    async with running(tmp_path) as provider:
        platform = await refreshing.register(provider)
        browser = provider.browser()
        connection = await refreshing.connect(platform, browser)
        await platform.log_in(browser, remember=True)
        code = await platform.code(browser)
        rotation = provider.services.secret_rotation
        await rotation.stage(LINK)
        await platform.redeem(await platform.code(browser))
        await rotation.go_on(LINK)
        assert (await platform.redeem(code)).status == 200
        await connection.refresh()
        assert await connection.is_honoured()
        assert (await platform.redeem(await platform.code(browser))).status == 200
        assert (await rotation.left(LINK)).movable == 0
        await finish(provider, LINK)
        await connection.refresh()


async def test_nobody_finds_a_door_closed_between_two_steps(provider: Provider):
    """The new version is active, and everything there is hangs on the old one yet."""
    owner, services = await somebody(provider), provider.services
    shop, forum, clinic = [await Platform.register(provider) for _ in range(3)]
    for platform in (shop, forum):
        page = await platform.ask(owner.browser)
        await platform.decide(owner.browser, page, "allow", remember=True)
    at_shop, at_forum = [await network_id(owner, one) for one in (shop, forum)]
    tokens = await shop.tokens(owner.browser)
    await take_over(provider, LINK)

    assert (await shop.ask(owner.browser, prompt="none")).location_query["code"]
    assert await network_id(owner, shop) == at_shop
    page = await clinic.ask(owner.browser)
    await clinic.decide(owner.browser, page, "allow", remember=True)
    assert (await clinic.ask(owner.browser, prompt="none")).location_query["code"]
    slugs = {one.pseudonym.sector: one.slug for one in await platforms_of(owner)}
    assert len(slugs) == 3

    async with provider.parts.database.transaction() as transaction:
        found = await services.pseudonyms.by_network_id(transaction, at_forum)
    assert found is not None
    assert found.person_id == owner.person_id

    sector = forum.registered.client.sector
    await services.platforms.withdraw(owner.person_id, slugs[sector], forum.client_id)
    asked = await forum.ask(owner.browser, prompt="none")
    assert asked.location_query["error"] == "consent_required"
    assert (await shop.userinfo(tokens["access_token"])).status == 200
    notice = SuspensionNotice("A reason", "An authority", since_day=20_000, case_id="C-1")
    async with provider.parts.database.transaction() as transaction:
        await services.operations.appeals._suspensions.begin(transaction, owner.person_id, notice)
    assert (await shop.userinfo(tokens["access_token"])).status == 401
    await close(owner)
    assert dump(provider)["provider.pseudonyms"] == dump(provider)["provider.grants"] == []


async def test_a_renewal_between_two_steps_stays_under_the_version_of_its_sector(
    provider: Provider,
):
    owner, services = await somebody(provider), provider.services
    shop = await Platform.register(provider)
    page = await shop.ask(owner.browser)
    await shop.decide(owner.browser, page, "allow", remember=True)
    before = await network_id(owner, shop)
    await take_over(provider, LINK)
    async with provider.parts.database.transaction() as transaction:
        provider.clock.advance(200 * 86400)
        sector = shop.registered.client.sector
        new = await services.pseudonyms.renew(transaction, sector, owner.person_id)
    assert await network_id(owner, shop) == new.network_id != before
    await services.secret_rotation.go_on(LINK)
    assert await network_id(owner, shop) == new.network_id


async def test_two_operators_who_move_at_once_move_everything_once(provider: Provider):
    owner, _ = await lived(provider)
    before = await export(owner)
    await take_over(provider, LINK)
    rotation = provider.services.secret_rotation
    left = await asyncio.gather(*(rotation.rewrap(LINK) for _ in range(2)))
    assert [one.movable for one in left] == [0, 0]
    assert same_life(await export(owner), before)


async def network_id(owner: Somebody, platform: Platform) -> str:
    sector = platform.registered.client.sector
    found = await owner.provider.services.pseudonyms.find(sector, owner.person_id)
    assert found is not None
    return found.network_id


async def platforms_of(owner: Somebody) -> list[AtPlatform]:
    return await owner.provider.services.platforms.everyone(owner.person_id)


async def test_a_server_starts_while_the_link_secret_rotates_for_the_second_time(
    provider: Provider,
):
    """There are three versions then: one is kept, for recovery codes of before the first time."""
    owner, _ = await lived(provider)
    made = provider.services.recovery_codes
    codes = await made.make(owner.person_id, made.once())
    assert codes is not None
    await begin(provider, LINK)
    await finish(provider, LINK)
    await begin(provider, LINK, 3)

    started = joining.build(provider.parts).services
    await started.secret_versions.load()

    assert (await started.recovery_codes.find(codes[0]))[1] == owner.person_id
    assert started.secret_versions.secret(LINK).active == 3
    await finish(provider, LINK)  # nothing on paper is of the second version: it goes for good
    assert (await states(provider, LINK)) == {
        1: SecretState.KEPT,
        2: SecretState.REMOVED,
        3: SecretState.ACTIVE,
    }
