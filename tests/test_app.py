"""Joined together: what it refuses to start with, and how it stands when its stores do not."""

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from msgspec.structs import replace

from idp import app as joining
from idp.domain.session import Visit
from idp.keystore.errors import KeystoreError
from idp.keystore.files import FileKeystore
from idp.keystore.memory import MemoryKeystore
from idp.keystore.wrapping import write_wrapping_key
from idp.services import keys
from idp.services.sandbox import SandboxRefused
from idp.settings import SETTINGS_FILE, SettingsRefused
from idp.storage import group, health, schema
from idp.storage.connect import connect
from idp.storage.database import Unavailable
from idp.storage.schema import Store
from tests.support import crowd
from tests.support.browser_like import Answer, Browser
from tests.support.internet import Asked, Internet, Page
from tests.support.listening import listener
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.time import FrozenClock, SeededEntropy

PUBLIC: Final = ["/.well-known/openid-configuration", "/jwks", "/healthz/live", "/help"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance as `idp init` makes one, but for its databases, which are empty."""
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IDP_HOME", str(tmp_path))
    log = logging.getLogger("idp")  # which a started worker takes for itself
    for name, value in {"handlers": [], "propagate": True, "level": logging.NOTSET}.items():
        monkeypatch.setattr(log, name, value)
    key = write_wrapping_key(tmp_path / "wrapping.key", SeededEntropy())
    FileKeystore.create(tmp_path / "keys", key, SeededEntropy(), FrozenClock())
    lines = {
        "IDP_ISSUER": "http://localhost:8000",
        "IDP_DATABASE_URL": f"sqlite:///{tmp_path / 'provider.db'}",
        "IDP_ENROLMENT_DATABASE_URL": f"sqlite:///{tmp_path / 'enrolment.db'}",
    }
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    (tmp_path / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return tmp_path


def migrate(home: Path, *stores: Store) -> None:
    for store in stores:
        schema.upgrade(store, f"sqlite:///{home / f'{store.value}.db'}")


class TestCreate:
    async def test_a_worker_serves_the_instance_in_the_environment(self, home: Path):
        await asyncio.to_thread(migrate, home, *Store)
        application = joining.create()
        browser = Browser(application)
        answer = await browser.get("/.well-known/openid-configuration")
        assert answer.json()["issuer"] == "http://localhost:8000"

    def test_a_server_holds_nothing_of_what_only_migrates(self):
        """Each is some megabytes in every worker, for a comparison of two names."""
        look = "import sys, idp.cli.worker; print(*sys.modules)"
        told = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True)
        assert not {"alembic", "mako", "sqlalchemy.orm"} & set(told.stdout.decode().split())

    def test_what_asks_another_provider_is_whole_before_anybody_is_sent_there(self):
        """Read from the disk later, it could be of another version than what runs."""
        look = (
            "import sys, idp.cli.worker; from idp.proofing.upstream import Upstream\n"
            "def there(): return 'authlib.integrations.httpx_client' in sys.modules\n"
            "before, parts = there(), dict.fromkeys(('outbound', 'signer', 'clock', 'entropy'))\n"
            "Upstream(None, **parts); print(before, there())"
        )
        told = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True)
        assert told.stdout.split() == [b"False", b"True"]

    @pytest.mark.parametrize("migrated", [(), (Store.PROVIDER,), (Store.ENROLMENT,)])
    def test_a_schema_that_is_behind_is_refused_with_the_command_to_run(
        self, home: Path, migrated: tuple[Store, ...]
    ):
        migrate(home, *migrated)
        behind = next(store for store in Store if store not in migrated)
        with pytest.raises(joining.SchemaOutdated) as refused:
            joining.create()
        assert f"the {behind} database is at no revision" in str(refused.value)
        assert f"IDP_HOME={home.resolve()} idp migrate" in str(refused.value)

    @pytest.mark.parametrize("revision", ["0000_before", "9999_from_the_future"])
    def test_a_schema_of_another_version_is_refused(self, home: Path, revision: str):
        migrate(home, *Store)
        database = sqlite3.connect(home / "provider.db")
        database.execute("UPDATE provider_revision SET version_num = ?1, floor = ?1", [revision])
        database.commit()
        database.close()
        with pytest.raises(joining.SchemaOutdated, match=revision):
            joining.create()

    def test_no_instance_is_refused(self, home: Path):
        (home / SETTINGS_FILE).unlink()
        with pytest.raises(SettingsRefused, match="idp init"):
            joining.create()

    def test_keys_under_another_wrapping_key_are_refused(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ):
        migrate(home, *Store)
        monkeypatch.setenv("IDP_WRAPPING_KEY", "A" * 43)
        with pytest.raises(KeystoreError):
            joining.create()


class TestStart:
    async def test_it_connects_to_its_databases_and_lets_go_of_them(self, home: Path):
        await asyncio.to_thread(migrate, home, *Store)
        waiting = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        said: list[Any] = []

        async def receive() -> Any:
            return waiting.pop(0)

        async def send(message: Any) -> None:
            said.append(message["type"])

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        await joining.create()(scope, receive, send)
        assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    async def test_platforms_are_told_of_sign_outs_for_as_long_as_it_runs(self, tmp_path: Path):
        internet, told = Internet(), asyncio.Event()
        async with running(tmp_path, internet=internet, sandbox=False) as provider:
            platform = await listener(provider, internet)
            here = platform.client_id
            async with provider.parts.database.transaction() as transaction:
                visits = [Visit(here, "sid")]
                await provider.services.logouts.put(transaction, visits, at_once=[here])
            settings = provider.parts.settings
            parts = replace(
                provider.parts,
                database=connect(settings.database_url, durable=False),
                enrolment_store=connect(settings.enrolment_database_url, durable=False),
            )

        def taken(_asked: Asked) -> Page:
            told.set()
            return Page()

        async def receive() -> Any:
            if steps:
                return {"type": steps.pop()}
            await told.wait()
            return {"type": "lifespan.shutdown"}

        async def send(message: Any) -> None:
            assert message["type"].endswith(".complete")

        internet.answer(platform.registered.client.backchannel_logout_uri or "", taken)
        steps = ["lifespan.startup"]
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        await joining.build(parts)(scope, receive, send)
        assert len(internet.asked) == 1

    async def test_a_sandbox_does_not_start_where_real_people_are(self, tmp_path: Path):
        keystore = MemoryKeystore.create(SeededEntropy())
        async with running(tmp_path, keystore=keystore, sandbox=False) as provider:
            await crowd.enrol(provider, 1)
        with pytest.raises(SandboxRefused):
            async with running(tmp_path, keystore=keystore, sandbox=True):
                pass

    @pytest.mark.spec("OpenID Connect Discovery 1.0 §3")
    async def test_metadata_with_a_fault_stops_the_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(keys, "ALGORITHMS", ("ES256",))  # §3: RS256 MUST be included
        with pytest.raises(ValueError, match="RS256"):
            async with running(tmp_path):
                pass

    async def test_a_store_that_is_not_there_stops_the_start_and_closes_the_other(
        self, tmp_path: Path
    ):
        async with running(tmp_path) as provider:
            nowhere = connect(f"sqlite:///{tmp_path / 'nowhere' / 'enrolment.db'}")
            parts = replace(
                provider.parts,
                database=connect(provider.parts.settings.database_url, durable=False),
                enrolment_store=nowhere,
            )
            with pytest.raises(Unavailable):
                async with parts.opened():
                    pass
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                await parts.database.one(health._ASK)


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path) as started:
        yield started


@pytest.fixture
async def gone(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A platform of a provider whose database does not answer any more."""
    platform = await Platform.register(provider)
    await provider.services.clients.find(platform.client_id)

    async def unavailable(*_: object, **__: object) -> Any:
        raise Unavailable("gone")

    for name in ("one", "all"):
        monkeypatch.setattr(provider.parts.database, name, unavailable)
    return platform


class TestWithoutItsDatabase:
    async def test_it_is_alive_but_not_ready(self, provider: Provider, gone: Platform):
        browser = provider.browser()
        assert (await browser.get("/healthz/live")).status == 200
        unready = await browser.get("/healthz/ready")
        assert (unready.status, unready.headers["retry-after"]) == (503, "5")

    @pytest.mark.parametrize("path", PUBLIC)
    async def test_what_platforms_verify_with_is_still_served(
        self, provider: Provider, gone: Platform, path: str
    ):
        assert (await provider.browser().get(path)).status == 200

    async def test_every_endpoint_says_when_to_try_again(self, provider: Provider, gone: Platform):
        browser = provider.browser()
        name = next(iter((await browser.get("/signin")).cookies)).partition("browser")[0]
        browser.cookies[f"{name}session"] = "0" * 64
        for ask in endpoints(browser, gone):
            answer = await ask()
            assert (answer.status, answer.headers.get("retry-after")) == (503, "5"), answer.url
            assert "gone" not in answer.text

    async def test_programs_are_told_in_json(self, gone: Platform):
        told = (await gone.redeem("a code")).json()
        assert told["error"] == "temporarily_unavailable"
        assert told["request_id"]


def endpoints(browser: Browser, platform: Platform) -> list[Callable[[], Awaitable[Answer]]]:
    return [
        lambda: browser.get(platform.address()),
        lambda: browser.get("/"),
        lambda: browser.get("/signout"),
        lambda: platform.redeem("a code"),
    ]


async def test_a_database_that_stays_locked_is_told_as_unavailable_and_then_works(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group, "WAIT_SECONDS", 0.05)
    browser = provider.browser()
    form = (await browser.get("/signin")).form("/signin/persona") | {"persona": "adult"}
    other = sqlite3.connect(tmp_path / "provider.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    refused = await browser.post("/signin/persona", form)
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert refused.error_code() == "unavailable"

    other.execute("COMMIT")
    other.close()
    assert (await browser.post("/signin/persona", form)).status == 303


@pytest.mark.postgres
async def test_a_server_that_is_gone_is_told_as_unavailable(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    async with running(tmp_path, database_url=postgres_url) as provider:
        platform, browser = await Platform.register(provider), provider.browser()
        code = await platform.code(browser)
        pool: Any = provider.parts.database._pool  # type: ignore[attr-defined]
        for held in pool._free:
            held.driver.terminate()
        monkeypatch.setattr(asyncpg, "connect", refuse)

        for answer in (await platform.redeem(code), await browser.get("/healthz/ready")):
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert (await browser.get("/jwks")).status == 200
        monkeypatch.undo()
        assert (await platform.redeem(code)).status == 200


async def refuse(*_: object, **__: object) -> Any:
    raise ConnectionRefusedError
