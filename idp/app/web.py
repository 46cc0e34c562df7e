"""The application: endpoints over the services, housekeeping beside them."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from idp.app import last_seen
from idp.app.keystore import open_keystore
from idp.app.parts import check_schema, parts_of
from idp.app.post import Post
from idp.app.pulse import Pulse, metrics_of
from idp.app.services import build_services
from idp.app.traces import traced, tracing_of
from idp.domain.epoch import HalfRestored, WentBack
from idp.observability import Log, write_to_stderr
from idp.protocol.jose import SignerUnavailable
from idp.services import changes, housekeeping, key_lives, logouts, notices, rotation
from idp.settings import load
from idp.storage.database import Unavailable
from idp.web import routes
from idp.web.errors import handlers
from idp.web.middleware import Envelope
from idp.web.pages import Pages
from idp.web.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import CollectorRegistry
    from starlette.routing import BaseRoute

    from idp.app.parts import Parts
    from idp.observability.metrics import Metrics
    from idp.services.logouts import Logouts
    from idp.services.notices import Notices
    from idp.services.tree_heads import TreeHeads
    from idp.web.site import Services


class _Watch:
    """What background work tells of itself: a line in the log, a count among the metrics."""

    def __init__(self, log: Log, metrics: Metrics | None) -> None:
        self.log = log
        self._metrics = metrics

    def failed(self, task: str, error: str) -> None:
        self.log.event(f"{task}_failed", error=error)
        if self._metrics is not None:
            self._metrics.failed(task)

    def keys_loaded(self, now: int) -> None:
        if self._metrics is not None:
            self._metrics.keys_loaded(now)


def build(parts: Parts, registry: CollectorRegistry | None = None) -> Envelope:
    """Return the application; raises ValueError when its own metadata does not validate.

    Its metrics, if the settings ask for any, go into ``registry``. Raises TracingMissing.
    """
    tracing = tracing_of(parts.settings)
    parts = traced(parts, tracing)
    services = build_services(parts)
    issuer, entropy = parts.settings.issuer, parts.entropy
    site = Site(
        issuer=issuer,
        services=services,
        pages=Pages(issuer=issuer, sandbox=parts.settings.sandbox, entropy=entropy),
        clock=parts.clock,
        entropy=entropy,
        log=Log(parts.clock),
        zone=ZoneInfo(parts.settings.time_zone),
    )

    joined: list[BaseRoute] = [*routes(site)]
    metrics = metrics_of(parts, joined, registry)
    watch = _Watch(site.log, metrics)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with parts.opened():
            await last_seen.check(parts.settings, services.epoch, parts.database)
            await _note_alive(parts, services)
            await _catch_up(services)  # before anything is sealed, or tagged
            if services.sandbox is not None:
                await services.sandbox.seed()
            beside = [
                asyncio.create_task(_sweep(parts, services, watch)),
                asyncio.create_task(_watch_epoch(parts, services, watch)),
                asyncio.create_task(_watch_keys(parts, services, watch)),
                asyncio.create_task(_watch_changes(services, watch)),
                asyncio.create_task(_rotate(services, watch)),
                asyncio.create_task(_tell_platforms(services.logouts, watch)),
                asyncio.create_task(_publish_heads(services.operations.tree_heads, watch)),
            ]
            if services.notices.offered:
                beside.append(asyncio.create_task(_post(parts, services.notices, watch)))
            if metrics is not None:
                beside.append(asyncio.create_task(_beat(parts, services, metrics, envelope)))
            site.log.event("started", issuer=issuer, sandbox=parts.settings.sandbox)
            yield
            for task in beside:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            if tracing is not None:
                await asyncio.to_thread(tracing.close)

    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=joined,
        exception_handlers=handlers(site),
    )
    envelope = Envelope(
        app,
        site=site,
        entropy=entropy,
        unavailable=(Unavailable, SignerUnavailable),
        metrics=metrics,
        tracing=tracing,
    )
    return envelope


async def _beat(parts: Parts, services: Services, metrics: Metrics, served: Envelope) -> None:
    """Tell once a second how this process is."""
    await Pulse(parts, services, metrics, served.gate.admission).beat()


async def _catch_up(services: Services) -> None:
    """Know all keys of now; what changes after this is noticed."""
    await services.changes.look()
    await services.key_lives.keep_up()


async def _note_alive(parts: Parts, services: Services) -> None:
    """Write into the database that a server runs, and remember when; raises WentBack."""
    home, now = parts.settings.home, parts.clock.now()
    seen_at = 0 if parts.settings.sandbox else last_seen.read(home)
    last_seen.write(home, await services.epoch.beat(parts.database, now=now, seen_at=seen_at))


async def _watch_epoch(parts: Parts, services: Services, watch: _Watch) -> None:
    """Leave when the database is put back to an earlier state under a running server."""
    while True:
        await asyncio.sleep(housekeeping.PERIOD_SECONDS)
        try:
            await _note_alive(parts, services)
        except (WentBack, HalfRestored) as error:
            watch.log.event("database_went_back", error=type(error).__name__)
            services.readiness.drain_seconds = 0  # what was revoked may be valid again
            os.kill(os.getpid(), signal.SIGTERM)  # the next start says why, and what to run
        except Exception as error:  # noqa: BLE001 - a database out of reach says so elsewhere
            watch.failed("housekeeping", type(error).__name__)


async def _sweep(parts: Parts, services: Services, watch: _Watch) -> None:
    while True:
        try:
            await housekeeping.prune(
                parts.database, parts.clock, activity_days=parts.settings.activity_days
            )
            await housekeeping.finish_closings(services.closing)
            await housekeeping.prune_enrolments(
                parts.enrolment_store, services.enrolment, parts.clock
            )
        except Exception as error:  # noqa: BLE001 - a sweep that failed is no reason to stop sweeping
            watch.failed("housekeeping", type(error).__name__)
        await asyncio.sleep(housekeeping.PERIOD_SECONDS)


async def _watch_keys(parts: Parts, services: Services, watch: _Watch) -> None:
    """Follow the keys' lives, which another process may lead, and whether they can be used."""
    while True:
        await asyncio.sleep(key_lives.PERIOD_SECONDS)
        try:
            services.readiness.keystore_answers = await parts.keystore.healthy()
            await services.key_lives.keep_up()
            watch.keys_loaded(services.readiness.keys_loaded())
        except Exception as error:  # noqa: BLE001 - the keys in use go on signing
            watch.failed("keys", type(error).__name__)


async def _watch_changes(services: Services, watch: _Watch) -> None:
    """Drop what is kept in memory and has changed, on whichever node; requests need not look."""
    while True:
        await asyncio.sleep(changes.PERIOD_SECONDS)
        try:
            await services.changes.look()
        except Exception as error:  # noqa: BLE001 - requests look themselves, and are refused
            watch.failed("changes", type(error).__name__)


async def _rotate(services: Services, watch: _Watch) -> None:
    """Take the steps of a rotation that are due; of all servers one does, each minute."""
    while True:
        await asyncio.sleep(rotation.PERIOD_SECONDS)
        try:
            await services.rotation.run()
        except Exception as error:  # noqa: BLE001 - what failed once is gone on with next time
            watch.failed("rotation", type(error).__name__)


async def _publish_heads(heads: TreeHeads, watch: _Watch) -> None:
    """Publish heads of the audit log's tree, and count the months, whichever server comes first."""
    while True:
        try:
            await heads.make()
        except Exception as error:  # noqa: BLE001 - the log goes on; that no head comes is public
            watch.failed("tree_heads", type(error).__name__)
        await asyncio.sleep(housekeeping.PERIOD_SECONDS)


async def _post(parts: Parts, outbox: Notices, watch: _Watch) -> None:
    """Send security notices for as long as the process lives."""
    post = Post(parts.settings.smtp_url or "", parts.settings.mail_from or "", parts)
    while True:
        try:
            failed = await outbox.deliver(post.send)
        except Exception as error:  # noqa: BLE001 - what failed once is no reason to stop sending
            watch.failed("notices", type(error).__name__)
        else:
            if failed:
                watch.failed("notices", "MailFailed")
        await asyncio.sleep(notices.PERIOD_SECONDS)


async def _tell_platforms(outbox: Logouts, watch: _Watch) -> None:
    """Tell platforms who was signed out, for as long as the process lives."""
    while True:
        try:
            for client_id in await outbox.deliver():
                watch.log.event("logout_not_taken", client_id=client_id)
        except Exception as error:  # noqa: BLE001 - what failed once is no reason to stop telling
            watch.failed("logouts", type(error).__name__)
        await asyncio.sleep(logouts.PERIOD_SECONDS)


def create(registry: CollectorRegistry | None = None) -> Envelope:
    """Return the application of the instance in ``IDP_HOME``: what a worker process runs.

    ``registry`` as in ``build``.
    """
    write_to_stderr()
    settings = load()
    check_schema(settings)
    return build(parts_of(settings, open_keystore(settings)), registry)
