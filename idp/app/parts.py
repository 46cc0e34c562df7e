"""What everything else is made of: settings, keys, databases, clock, entropy."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.app.system import SystemClock, SystemEntropy
from idp.outbound import Outbound, Reach
from idp.outbound.reach import read_named
from idp.storage import revisions, schema
from idp.storage.connect import connect
from idp.storage.pool import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.settings import Settings
    from idp.storage.database import Database


class Parts(Struct, frozen=True):
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
    """A database is at a revision that this code cannot serve."""


def check_schema(settings: Settings) -> None:
    """Raise SchemaOutdated, with what to do, unless this code can serve both databases."""
    urls = {
        schema.Store.PROVIDER: settings.database_url,
        schema.Store.ENROLMENT: settings.enrolment_database_url,
    }
    for store, url in urls.items():
        standing = revisions.standing(store, url)
        if revisions.serves(store, standing):
            continue
        told = f"the {store} database is at {standing.found or 'no revision'}"
        if standing.found is not None and standing.found not in schema.known(store):
            raise SchemaOutdated(
                f"{told}, of a newer version of this program, which took away what this one needs. "
                "Install that version"
            )
        raise SchemaOutdated(
            f"{told}, this version needs {schema.newest(store)}."
            f" Run: IDP_HOME={settings.home} idp migrate"
        )


def database_at(url: str, settings: Settings) -> Database:
    """Return one of the instance's databases, as its settings say to reach it; not yet open."""
    return connect(url, durable=settings.durable, limits=limits_of(settings))


def limits_of(settings: Settings) -> Limits:
    """Return how much of a database server one process may take."""
    return Limits(
        connections=settings.database_pool,
        wait_seconds=settings.database_wait_seconds,
        statement_seconds=settings.database_statement_seconds,
        prepared=settings.database_prepared,
    )


def parts_of(settings: Settings, keystore: Keystore) -> Parts:
    """Return the parts of an instance; its databases are not connected to yet."""
    return Parts(
        settings,
        keystore,
        database_at(settings.database_url, settings),
        database_at(settings.enrolment_database_url, settings),
        SystemClock(),
        SystemEntropy(),
        Outbound(Reach(read_named(settings.outbound_allow)), ca=settings.outbound_ca),
    )
