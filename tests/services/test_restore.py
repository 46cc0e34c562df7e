"""A restored backup revives nothing that was used up or ended since; what is wrong is told."""

import asyncio
import dataclasses
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs

from idp import app as joining
from idp.app.upkeep import aftermath_of, databases_of
from idp.domain import backup as form
from idp.domain.backup import BackupBroken
from idp.domain.epoch import HalfRestored
from idp.domain.secret_key import SecretDomain
from idp.services import restore
from idp.services.aftermath import EMPTIED, KEPT, EnrolmentsForeign
from idp.services.backup_file import Reader
from idp.services.epoch import Epoch
from idp.storage import audit, operators, people, schema, tables
from tests.support import backups, ready_made, refreshing
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.refreshing import connect
from tests.support.rows import add_operator, add_person
from tests.support.time import SeededEntropy

DAY = 86_400


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path) as started:
        yield started


def again(provider: Provider) -> Provider:
    """The same instance, served by a process that was just started."""
    application = joining.build(provider.parts)
    return Provider(application, provider.parts, application.services, provider.clock)


async def restored(provider: Provider, content: bytes) -> Provider:
    provider.clock.advance(5)
    await backups.brought_back(provider.parts, content)
    started = again(provider)
    await started.services.epoch.check(started.parts.database, seen_at=0)
    await started.services.key_lives.load()
    return started


def test_what_becomes_of_each_table_is_decided():
    every = {*tables.provider.tables, *tables.enrolment.tables}
    emptied = {name for names in EMPTIED.values() for name in names}
    assert emptied | KEPT.keys() == every
    assert emptied & KEPT.keys() == set()


async def test_a_code_that_was_used_since_is_refused_and_so_is_one_that_was_not(
    provider: Provider,
):
    platform = await Platform.register(provider)
    used, unused = [await platform.code(provider.browser()) for _ in range(2)]
    content = await backups.backed_up(provider.parts)
    assert (await platform.redeem(used)).status == 200

    platform.provider = await restored(provider, content)

    for code in (used, unused):
        answer = await platform.redeem(code)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_connections_and_tokens_of_before_are_dead_and_a_login_works_anew(
    provider: Provider,
):
    platform = await refreshing.register(provider)
    browser = provider.browser()
    connection = await connect(platform, browser)
    content = await backups.backed_up(provider.parts)
    old, _ = connection.live, await connection.refresh()

    started = await restored(provider, content)
    platform.provider = started

    for token in (old, connection.live):
        assert (await platform.refresh(token)).json()["error"] == "invalid_grant"
    assert not await connection.is_honoured()
    browser = Browser(started.app, cookies=browser.cookies)
    page = await platform.ask(browser)
    assert "/signin?" in page.url, "the session of before is dead"
    subject = (await platform.id_token(started.browser()))["sub"]
    assert subject == (await platform.id_token(started.browser()))["sub"]


async def test_operators_are_disabled_and_who_has_no_enrolment_is_closed(
    provider: Provider,
):
    database = provider.parts.database
    person_id = await add_person(database, sandbox=1)
    await add_operator(database, status="active")
    content = await backups.backed_up(provider.parts)

    told = await backups.brought_back(provider.parts, content)

    assert told.ended["people"] == 1, "the enrolment store knows nobody by that id"
    assert told.unknown["people"] >= 6
    assert [row["status"] for row in await operators.everyone(database)] == ["disabled"]
    entries = await audit.before(database, 2**31 - 1, most=1)
    assert entries[0]["act"] == "restored"
    assert told.audit == (), "the log is whole, tree and all"
    events = await provider.services.activity.events(person_id, [])
    assert events == [], "who is gone has no history"


async def test_each_person_reads_in_their_history_that_something_may_be_back(provider: Provider):
    content = await backups.backed_up(provider.parts)
    started = await restored(provider, content)
    browser = started.browser()
    await started.sign_in(browser)

    page = await browser.get("/account/activity")

    assert "put everything back to an earlier state" in page.text


async def test_keys_that_are_gone_or_new_are_dealt_with(provider: Provider):
    parts, services = provider.parts, provider.services
    await services.key_lives.load()
    [old] = [s for s in parts.keystore.signers() if s.alg == "ES256"]
    content = await backups.backed_up(parts)
    new = parts.keystore.make("ES256", parts.entropy, parts.clock)
    parts.keystore.destroy(old.kid, parts.entropy)

    started = await restored(provider, content)

    states = {key.kid: key.state for key in await started.services.key_lives.everyone()}
    assert (states[old.kid], states[new.kid]) == ("compromised", "active")
    assert old.kid.encode() not in started.services.keys.jwks
    assert new.kid.encode() in started.services.keys.jwks


async def test_a_restore_that_stops_half_way_says_so_and_can_be_run_again(provider: Provider):
    platform = await Platform.register(provider)
    content = await backups.backed_up(provider.parts)
    seen: list[int] = []

    def killed(rows: int) -> None:
        seen.append(rows)
        if len(seen) > 25:  # among the provider's tables: the enrolment store is filled by then
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await backups.brought_back(provider.parts, content, killed)
    with pytest.raises(HalfRestored):
        await Epoch().check(provider.parts.database, seen_at=0)

    platform.provider = await restored(provider, content)
    assert (await platform.redeem(await platform.code(platform.provider.browser()))).status == 200


async def test_a_backup_goes_on_while_others_write_and_sees_one_moment(provider: Provider):
    parts = provider.parts
    shapes = await backups.shapes_of(parts)
    [clients] = [s for found in shapes.values() for s in found if s.name == "clients"]
    async with parts.database.snapshot() as snapshot:
        await Platform.register(provider)
        counted = sum([len(rows) async for rows in clients.rows(snapshot)])

    assert counted == 0
    assert backups.checked(parts, await backups.backed_up(parts)).rows["clients"] == 1


async def test_a_backup_that_is_not_whole_is_refused(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(form, "RECORD_BYTES", 2048)  # several records
    whole, parts = await backups.backed_up(provider.parts), provider.parts
    assert backups.checked(parts, whole).rows["people"] == 6

    for broken in (
        whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
        whole[:-100],
        whole.replace(b'"http://localhost:8000"', b'"http://localhost:9000"'),
        whole.replace(b'"made_at"', b'"made_it"'),
        whole.replace(b"backup 1", b"backup 2"),
        b"",
    ):
        with pytest.raises(BackupBroken, match=r"altered|cut|head|not a backup"):
            backups.checked(parts, broken)
    others = structs.replace(parts, keystore=ready_made.keystore(SeededEntropy(77)))
    with pytest.raises(BackupBroken, match="of other keys"):
        backups.checked(others, whole)


async def test_a_value_that_these_keys_do_not_open_is_told_by_its_column(provider: Provider):
    await add_person(provider.parts.database)
    content = await backups.backed_up(provider.parts)

    with pytest.raises(BackupBroken, match=r"do not open people\.birth_date_sealed"):
        backups.checked(provider.parts, content)


async def test_nothing_of_a_backup_is_readable_without_the_keys(provider: Provider):
    platform = await Platform.register(provider, client_name="Plainly Named Shop")
    content = await backups.backed_up(provider.parts)

    for told in (b"Plainly", platform.client_id.encode(), b"people"):
        assert told not in content


@pytest.mark.postgres
async def test_a_backup_of_sqlite_comes_back_in_postgresql(provider: Provider, postgres: Postgres):
    platform = await Platform.register(provider)
    subject = (await platform.id_token(provider.browser()))["sub"]
    content = await backups.backed_up(provider.parts)
    urls = [postgres.new_database() for _ in schema.Store]
    for store, url in zip((schema.Store.PROVIDER, schema.Store.ENROLMENT), urls, strict=True):
        await asyncio.to_thread(schema.upgrade, store, url)

    async with backups.elsewhere(provider.parts, *urls) as parts:
        provider.clock.advance(5)
        told = await backups.brought_back(parts, content)
        moved = dataclasses.replace(provider, parts=parts)
        platform.provider = again(moved)
        await platform.provider.services.epoch.check(parts.database, seen_at=0)
        await platform.provider.services.key_lives.load()
        found = backups.checked(parts, await backups.backed_up(parts)).rows
        same = (await platform.id_token(platform.provider.browser()))["sub"]

    assert same == subject, "the same network ID, from the other database"
    assert (told.audit, found["people"], found["grants"]) == ((), 6, 0)


async def test_accounts_and_identities_that_have_lost_each_other_are_dealt_with(
    provider: Provider,
):
    """As when one database is put back to another moment than the other, by other means."""
    parts, shapes = provider.parts, await backups.shapes_of(provider.parts)
    rows = sqlite3.connect(parts.settings.home / "provider.db", isolation_level=None)
    [(lost,)] = rows.execute("SELECT id FROM people LIMIT 1").fetchall()
    rows.execute("PRAGMA foreign_keys = ON")
    rows.execute("DELETE FROM people WHERE id = ?", (lost,))  # its identity stays taken
    rows.close()
    await add_person(parts.database)  # closed since: the enrolment store has forgotten it

    told = await aftermath_of(parts, shapes).run()

    assert (told.ended["people"], told.ended["enrolments"]) == (1, 1)
    assert told.unknown["people"] == 5
    assert provider.services.sandbox is not None
    await provider.services.sandbox.seed()
    rows = sqlite3.connect(parts.settings.home / "provider.db")
    assert rows.execute("SELECT count(*) FROM people").fetchone() == (6,), "who lost it may enrol"
    rows.close()


async def test_rows_that_are_all_there_are_not_served_before_what_they_forgot_is_dealt_with(
    provider: Provider,
):
    content, parts = await backups.backed_up(provider.parts), provider.parts
    secret = parts.keystore.secret(SecretDomain.FIELD)

    await restore.fill(
        Reader(io.BytesIO(content)),
        secret,
        databases_of(parts),
        await backups.shapes_of(parts),
        lambda _rows: None,
    )

    with pytest.raises(HalfRestored):
        await Epoch().check(parts.database, seen_at=0)


async def headcount(provider: Provider) -> int:
    return await people.count(provider.parts.database, sandbox=True)


def changed_enrolments(provider: Provider, statement: str) -> None:
    with closing(sqlite3.connect(provider.parts.settings.home / "enrolment.db")) as store, store:
        assert store.execute(statement).rowcount > 0


async def test_accounts_whose_enrolments_are_of_the_first_revision_are_not_closed(
    provider: Provider,
):
    """Those lead to their accounts only after somebody has looked through them once."""
    before = await headcount(provider)
    changed_enrolments(provider, "UPDATE enrolments SET person_tag = NULL")

    told = await aftermath_of(provider.parts, await backups.shapes_of(provider.parts)).run()

    assert "people" not in told.ended
    assert await headcount(provider) == before > 0


async def test_a_store_that_knows_nobody_does_not_close_every_account(provider: Provider):
    """An address that leads elsewhere: nobody could take it back."""
    before = await headcount(provider)
    changed_enrolments(provider, "DELETE FROM enrolments")

    with pytest.raises(EnrolmentsForeign):
        await aftermath_of(provider.parts, await backups.shapes_of(provider.parts)).run()

    assert await headcount(provider) == before > 0
