"""Joins everything: settings, clock, entropy, keys, databases, services, endpoints.

The only place where the real clock and the real source of randomness are built.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from idp.domain import network
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.files import FileKeystore
from idp.keystore.wrapping import read_wrapping_key
from idp.observability import Log, write_to_stderr
from idp.protocol.webauthn import RelyingParty
from idp.services import housekeeping
from idp.services.activity import Activity
from idp.services.authorize import Authorize
from idp.services.ceremonies import Ceremonies
from idp.services.clients import Clients
from idp.services.consents import Consents
from idp.services.enrolment import Enrolment
from idp.services.interactions import Interactions
from idp.services.issuing import Calendar, Issuing
from idp.services.keys import SigningKeys
from idp.services.passkeys import Passkeys
from idp.services.pseudonyms import Pseudonyms
from idp.services.replays import Replays
from idp.services.sandbox import Sandbox
from idp.services.sessions import Sessions
from idp.services.throttle import Throttle
from idp.services.token import Token
from idp.services.userinfo import UserInfo
from idp.services.vault import Vault
from idp.settings import load, wrapping_key_from_environment
from idp.storage import health, schema
from idp.storage.connect import connect
from idp.storage.database import Unavailable
from idp.web import routes
from idp.web.errors import handlers
from idp.web.middleware import Envelope
from idp.web.pages import Pages
from idp.web.site import Services, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.types import ASGIApp

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.settings import Settings
    from idp.storage.database import Database

NAME = "Network ID"


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return whole seconds since the epoch, UTC."""
        return int(time.time())


class SystemEntropy:
    """The operating system's random source."""

    def bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        return secrets.token_bytes(count)


@dataclass(frozen=True, slots=True)
class Parts:
    """What everything else is made of; tests hand in their own clock, entropy and keys."""

    settings: Settings
    keystore: Keystore
    database: Database
    enrolment_store: Database
    clock: Clock
    entropy: Entropy

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Parts]:
        """Connect to both databases for the length of the block; raises Unavailable."""
        await self.database.open()
        try:
            await self.enrolment_store.open()
            try:
                yield self
            finally:
                await self.enrolment_store.close()
        finally:
            await self.database.close()


class SchemaOutdated(Exception):
    """A database is not at the revision this code needs."""


def open_keystore(settings: Settings) -> Keystore:
    """Open the instance's keys; raises a KeystoreError that says what to mend."""
    value, file = wrapping_key_from_environment(), settings.wrapping_key_file
    if value is None and file is None:
        file = settings.home / "wrapping.key"
    return FileKeystore.open(settings.keys_folder, read_wrapping_key(value, file))


def check_schema(settings: Settings) -> None:
    """Raise SchemaOutdated, with the command to run, unless both databases are up to date."""
    urls = {
        schema.Store.PROVIDER: settings.database_url,
        schema.Store.ENROLMENT: settings.enrolment_database_url,
    }
    for store, url in urls.items():
        found, needed = schema.current(store, url), schema.newest(store)
        if found != needed:
            raise SchemaOutdated(
                f"the {store} database is at {found or 'no revision'}, this version needs {needed}."
                f" Run: IDP_HOME={settings.home} idp migrate"
            )


def parts_of(settings: Settings, keystore: Keystore) -> Parts:
    """Return the parts of an instance; its databases are not connected to yet."""
    return Parts(
        settings,
        keystore,
        connect(settings.database_url, durable=settings.durable),
        connect(settings.enrolment_database_url, durable=settings.durable),
        SystemClock(),
        SystemEntropy(),
    )


def build_services(parts: Parts) -> Services:
    """Join the use cases."""
    settings, clock, entropy = parts.settings, parts.clock, parts.entropy
    issuer, database = settings.issuer, parts.database
    vault = Vault(Sealer(parts.keystore.secret(SecretDomain.FIELD), entropy))
    browser_seal = Sealer(parts.keystore.secret(SecretDomain.SESSION), entropy)
    keys = SigningKeys(parts.keystore.signers())
    calendar = Calendar(ZoneInfo(settings.time_zone), settings.leap_day_rule)
    clients = Clients(database, clock, entropy, sandbox=settings.sandbox)
    link_key = parts.keystore.secret(SecretDomain.LINK).active_key
    activity = Activity(database, vault, link_key=link_key, clock=clock, entropy=entropy)
    sessions = Sessions(
        database=database,
        activity=activity,
        vault=vault,
        clock=clock,
        entropy=entropy,
        sandbox=settings.sandbox,
    )
    interactions = Interactions(browser_seal, clock)
    replays = Replays(database)
    ceremonies = Ceremonies(
        rp=RelyingParty.for_issuer(issuer, NAME),
        replays=replays,
        sealer=browser_seal,
        clock=clock,
        entropy=entropy,
    )
    passkeys = Passkeys(
        ceremonies=ceremonies,
        database=database,
        clock=clock,
        entropy=entropy,
        sandbox=settings.sandbox,
    )
    pseudonyms = Pseudonyms(database, vault, link_key=link_key, clock=clock, entropy=entropy)
    consents = Consents(vault, link_key=link_key, clock=clock, entropy=entropy)
    issuing = Issuing(
        database=database,
        sessions=sessions,
        pseudonyms=pseudonyms,
        consents=consents,
        activity=activity,
        vault=vault,
        clock=clock,
        entropy=entropy,
        calendar=calendar,
    )
    return Services(
        activity=activity,
        authorize=Authorize(
            issuer=issuer,
            clients=clients,
            sessions=sessions,
            interactions=interactions,
            issuing=issuing,
            keys=keys,
            clock=clock,
        ),
        clients=clients,
        consents=consents,
        interactions=interactions,
        issuing=issuing,
        keys=keys,
        passkeys=passkeys,
        pseudonyms=pseudonyms,
        sandbox=_sandbox(parts, passkeys, vault, browser_seal) if settings.sandbox else None,
        sessions=sessions,
        throttle=Throttle(
            database,
            link_key=link_key,
            clock=clock,
            proxies=network.proxies(settings.proxies),
        ),
        token=Token(
            issuer=issuer,
            database=database,
            clients=clients,
            replays=replays,
            vault=vault,
            keys=keys,
            clock=clock,
            entropy=entropy,
        ),
        userinfo=UserInfo(
            issuer=issuer,
            database=database,
            clients=clients,
            vault=vault,
            keys=keys,
            clock=clock,
        ),
        ready=_readiness(parts),
    )


def _sandbox(parts: Parts, passkeys: Passkeys, vault: Vault, sealer: Sealer) -> Sandbox:
    enrolment = Enrolment(
        database=parts.database,
        store=parts.enrolment_store,
        passkeys=passkeys,
        vault=vault,
        dedup=parts.keystore.secret(SecretDomain.DEDUP),
        clock=parts.clock,
        entropy=parts.entropy,
    )
    return Sandbox(
        database=parts.database,
        enrolment=enrolment,
        sealer=sealer,
        clock=parts.clock,
        zone=ZoneInfo(parts.settings.time_zone),
    )


def _readiness(parts: Parts) -> Callable[[], Awaitable[None]]:
    async def ready() -> None:
        await health.check(parts.database)
        await health.check(parts.enrolment_store)

    return ready


def build(parts: Parts) -> Envelope:
    """Return the application; raises ValueError when its own metadata does not validate."""
    services = build_services(parts)
    issuer, entropy = parts.settings.issuer, parts.entropy
    session_key = parts.keystore.secret(SecretDomain.SESSION).active_key
    site = Site(
        issuer=issuer,
        services=services,
        pages=Pages(issuer=issuer, sandbox=parts.settings.sandbox, entropy=entropy),
        csrf_key=hmac.new(session_key, b"network-id/csrf/1", hashlib.sha256).digest(),
        clock=parts.clock,
        entropy=entropy,
        log=Log(parts.clock),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.opened():
            if services.sandbox is not None:
                await services.sandbox.seed()
            sweeping = asyncio.create_task(_sweep(parts, site.log))
            site.log.event("started", issuer=issuer, sandbox=parts.settings.sandbox)
            yield
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=[*routes(site)],
        exception_handlers=handlers(site),
    )
    return Envelope(app, site=site, entropy=entropy, unavailable=Unavailable)


async def _sweep(parts: Parts, log: Log) -> None:
    while True:
        try:
            await housekeeping.prune(parts.database, parts.clock)
        except Exception as error:  # noqa: BLE001 - a sweep that failed is no reason to stop sweeping
            log.event("housekeeping_failed", error=type(error).__name__)
        await asyncio.sleep(housekeeping.PERIOD_SECONDS)


def create() -> ASGIApp:
    """Return the application of the instance in ``IDP_HOME``: what a worker process runs."""
    write_to_stderr()
    settings = load()
    check_schema(settings)
    return build(parts_of(settings, open_keystore(settings)))
