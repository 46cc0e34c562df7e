"""The application: endpoints over the services, housekeeping beside them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from idp.app.parts import check_schema, open_keystore, parts_of
from idp.app.services import build_services
from idp.domain.secret_key import SecretDomain
from idp.observability import Log, write_to_stderr
from idp.services import housekeeping
from idp.settings import load
from idp.storage.database import Unavailable
from idp.web import routes
from idp.web.errors import handlers
from idp.web.middleware import Envelope
from idp.web.pages import Pages
from idp.web.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from idp.app.parts import Parts
    from idp.services.enrolment import Enrolment


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
        zone=ZoneInfo(parts.settings.time_zone),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.opened():
            if services.sandbox is not None:
                await services.sandbox.seed()
            sweeping = asyncio.create_task(_sweep(parts, services.enrolment, site.log))
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


async def _sweep(parts: Parts, enrolment: Enrolment, log: Log) -> None:
    while True:
        try:
            await housekeeping.prune(
                parts.database, parts.clock, activity_days=parts.settings.activity_days
            )
            await housekeeping.prune_enrolments(parts.enrolment_store, enrolment, parts.clock)
        except Exception as error:  # noqa: BLE001 - a sweep that failed is no reason to stop sweeping
            log.event("housekeeping_failed", error=type(error).__name__)
        await asyncio.sleep(housekeeping.PERIOD_SECONDS)


def create() -> ASGIApp:
    """Return the application of the instance in ``IDP_HOME``: what a worker process runs."""
    write_to_stderr()
    settings = load()
    check_schema(settings)
    return build(parts_of(settings, open_keystore(settings)))
