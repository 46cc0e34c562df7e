"""A whole provider in this process: real application, real database, real keys, frozen clock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idp import app as joining
from idp.app.parts import limits_of
from idp.outbound import Outbound, Reach
from idp.outbound.reach import read_named
from idp.settings import Settings
from idp.storage import schema
from idp.storage.connect import connect
from tests.support import ready_made
from tests.support.browser_like import Answer, Browser
from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from idp.keystore import Keystore
    from idp.services.registered import Registered
    from idp.web.site import Services
    from tests.support.internet import Internet

ISSUER = "http://localhost:8000"


@dataclass
class Provider:
    """The running provider, and the doors that a test may use."""

    app: ASGIApp
    parts: joining.Parts
    services: Services
    clock: FrozenClock

    @property
    def issuer(self) -> str:
        return self.parts.settings.issuer

    def browser(self) -> Browser:
        return Browser(self.app)

    async def add_client(self, **metadata: Any) -> Registered:
        """Register a client; whatever is not given is ordinary."""
        document = {
            "client_name": "Corner Shop",
            "platform": "corner-shop",
            "purpose": "To know that you are one person.",
            "alternative": "Order as a guest.",
            "redirect_uris": ["https://shop.example/callback"],
        } | metadata
        return await self.services.clients.add(
            {name: value for name, value in document.items() if value is not None}
        )

    async def sign_in(self, browser: Browser, persona: str = "adult") -> Answer:
        """Sign in at the provider itself, outside any platform's request."""
        page = await browser.get("/signin")
        form = page.form("/signin/persona") | {"persona": persona}
        answer = await browser.post("/signin/persona", form)
        assert answer.status == 303, answer.text
        return answer


def _outbound(settings: Settings, internet: Internet | None) -> Outbound:
    if internet is not None:
        return internet.outbound(settings.outbound_allow)
    return Outbound(Reach(read_named(settings.outbound_allow)), ca=settings.outbound_ca)


@asynccontextmanager
async def running(
    folder: Path,
    *,
    database_url: str | None = None,
    enrolment_database_url: str | None = None,
    keystore: Keystore | None = None,
    entropy: SeededEntropy | None = None,
    internet: Internet | None = None,
    **settings: Any,
) -> AsyncIterator[Provider]:
    """Start a provider on SQLite files in `folder`, or on the databases given.

    Without an `internet` of the test's own it meets this machine, where a test may.
    """
    clock, entropy = FrozenClock(), entropy or SeededEntropy()
    enrolment = f"sqlite:///{folder / 'enrolment.db'}"
    given: dict[str, Any] = {
        "home": folder,
        "issuer": ISSUER,
        "sandbox": True,
        "database_url": database_url or f"sqlite:///{folder / 'provider.db'}",
        "enrolment_database_url": enrolment_database_url or enrolment,
    }
    chosen = Settings(**(given | settings))
    # In a thread: on PostgreSQL a migration runs on an event loop of its own.
    for store, url in (
        (schema.Store.PROVIDER, chosen.database_url),
        (schema.Store.ENROLMENT, chosen.enrolment_database_url),
    ):
        await asyncio.to_thread(ready_made.database, store, url)
    parts = joining.Parts(
        chosen,
        keystore or ready_made.keystore(entropy),
        connect(chosen.database_url, durable=False, limits=limits_of(chosen)),
        connect(chosen.enrolment_database_url, durable=False, limits=limits_of(chosen)),
        clock,
        entropy,
        _outbound(chosen, internet),
    )
    application = joining.build(parts)
    async with parts.opened():
        if application.services.sandbox is not None:
            await application.services.sandbox.seed()
        yield Provider(application, parts, application.services, clock)
