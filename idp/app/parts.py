"""What everything else is made of: settings, keys, databases, clock, entropy."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.app.system import SystemClock, SystemEntropy
from idp.outbound import Outbound, Reach
from idp.outbound.reach import read_named
from idp.storage import schema
from idp.storage.connect import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.settings import Settings
    from idp.storage.database import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What everything else is made of; tests hand in their own clock, entropy and keys."""

    settings: Settings
    keystore: Keystore
    database: Database
    enrolment_store: Database
    clock: Clock
    entropy: Entropy
    outbound: Outbound

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
        Outbound(Reach(read_named(settings.outbound_allow)), ca=settings.outbound_ca),
    )
