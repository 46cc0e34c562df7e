"""A store of the first revision goes on working: its people sign in, and can leave for good."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from alembic import command

from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.memory import MemoryKeystore
from idp.storage import schema
from idp.storage.schema import Store
from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Browser
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

# Parents first.
FIRST: Final = {
    Store.PROVIDER: ("0001_first_login", ("people", "passkeys", "sessions")),
    Store.ENROLMENT: ("0001_enrolments", ("enrolments",)),
}
ACCOUNT: Final = ("/account", "/account/sessions", "/account/passkeys", "/account/suspension")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def urls(request: pytest.FixtureRequest, tmp_path: Path, dialect: str) -> dict[Store, str]:
    if dialect == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return {store: postgres.new_database() for store in Store}
    return {store: f"sqlite:///{tmp_path / f'first-{store}.db'}" for store in Store}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def read(url: str, names: tuple[str, ...]) -> Rows:
    found: Rows = {}

    def every(connection: sa.Connection) -> None:
        for name in names:
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()  # noqa: S608
            found[name] = [dict(row) for row in rows]

    schema.run(url, every)
    return found


def make_first(store: Store, url: str, rows: Rows) -> None:
    """Make a database of the first revision, and put into it what it had columns for."""
    revision, names = FIRST[store]
    config = schema._config(store)

    def fill(connection: sa.Connection) -> None:
        config.attributes["connection"] = connection
        config.attributes["store"] = store
        command.upgrade(config, revision)
        for name in names:
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            for row in rows[name]:
                kept = {column: row[column] for column in table.columns.keys()}  # noqa: SIM118
                connection.execute(table.insert().values(kept))

    schema.run(url, fill)


def as_first(rows: Rows, sealer: Sealer) -> Rows:
    """Seal again, as the first revision did, what has another form by now."""

    def again(table: str, column: str, row: Mapping[str, Any], key: bytes, change: Any) -> bytes:
        place: dict[str, Any] = {"table": table, "column": column, "row": key}
        value = change(json.loads(sealer.open(row[column], **place)))
        return sealer.seal(json.dumps(value).encode(), **place, size=2048)

    def notice(value: dict[str, Any]) -> dict[str, Any]:
        return {name: value["notices"][0][name] for name in ("reason", "authority")}

    def session(value: dict[str, Any]) -> dict[str, Any]:
        visit = ["a client", "a sid", "a network ID of then"]
        return {name: value[name] for name in ("time", "acr", "amr", "seen")} | {"visits": [visit]}

    for row in rows["people"]:
        if row["notice_sealed"] is not None:
            row["notice_sealed"] = again("people", "notice_sealed", row, row["id"], notice)
    for row in rows["sessions"]:
        row["facts_sealed"] = again("sessions", "facts_sealed", row, row["digest"], session)
    return rows


async def first_release(
    folder: Path, urls: dict[Store, str], keystore: MemoryKeystore
) -> tuple[SoftAuthenticator, Browser]:
    """Make both stores as the first release left them; return a citizen, still signed in."""
    async with running(folder, keystore=keystore) as before:
        browser = before.browser()
        authenticator = await passkeys.enrol(before, browser)
        await before.sign_in(before.browser(), "suspended")
        names = [name for _, names in FIRST.values() for name in names]
        place = before.parts.settings
    rows = read(place.database_url, tuple(names[:3])) | read(
        place.enrolment_database_url, tuple(names[3:])
    )
    sealer = Sealer(keystore.secret(SecretDomain.FIELD), SeededEntropy(5))
    rows = as_first(rows, sealer)
    for store, url in urls.items():
        await asyncio.to_thread(make_first, store, url, rows)
    return authenticator, browser


async def test_people_of_the_first_revision_sign_in_and_can_close_their_accounts(
    tmp_path: Path, urls: dict[Store, str], keystore: MemoryKeystore
):
    authenticator, old = await first_release(tmp_path, urls, keystore)
    async with running(
        tmp_path,
        keystore=keystore,
        entropy=SeededEntropy(99),
        database_url=urls[Store.PROVIDER],
        enrolment_database_url=urls[Store.ENROLMENT],
    ) as now:
        went_on = now.browser()
        went_on.cookies.update(old.cookies)
        assert await statuses(went_on) == {200}

        citizen = now.browser()
        page = await citizen.get("/signin")
        assert (await passkeys.sign_in(now, citizen, page, authenticator)).status == 303
        assert await statuses(citizen) == {200}

        for persona in ("suspended", "adult"):
            await sign_in_and_close(now, persona)
        assert await statuses(went_on) == {200}


async def sign_in_and_close(provider: Provider, persona: str) -> None:
    """Twice: an account that was closed is really gone from both stores, and begins anew."""
    for _ in range(2):
        browser = provider.browser()
        await provider.sign_in(browser, persona)
        assert await statuses(browser) == {200}
        form = (await browser.get("/account/close")).form("/account/close")
        closed = await browser.post("/account/close", form | {"understood": "yes"})
        assert closed.status == 303


async def statuses(browser: Browser) -> set[int]:
    return {(await browser.get(path)).status for path in ACCOUNT}
