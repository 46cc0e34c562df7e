"""Opening an instance for use: its schema is the newest and its keys are readable."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from idp.app import (
    NotServable,
    SchemaOutdated,
    build_services,
    check_schema,
    database_at,
    last_seen,
    open_keystore,
    parts_of,
)
from idp.app.statements import read_statement_issuers
from idp.app.upstreams import read_upstreams
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, one_line, settings_of, stores
from idp.domain.secret_version import SecretState
from idp.domain.signing_key import KeyState
from idp.keystore.errors import KeyMissingError, SecretMissingError
from idp.services.epoch import Epoch
from idp.storage import revisions, secret_versions, signing_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.app import Parts
    from idp.keystore import Keystore
    from idp.settings import Settings
    from idp.storage.database import Database
    from idp.web.site import Services

    Found = TypeVar("Found")


def open_keys(settings: Settings) -> Keystore:
    """Return the keys of an instance that can be used; raises Failure with what to do."""
    for store, url in stores(settings).items():
        asking(store, partial(revisions.standing, store, url))
    with one_line():
        try:
            check_schema(settings)
        except SchemaOutdated as error:
            raise Failure(ExitCode.INSTANCE, "schema_outdated", str(error)) from error
        read_named_files(settings)
        return open_keystore(settings)


def read_named_files(settings: Settings) -> None:
    """Raise SettingsRefused for a file that the settings name and that cannot be used.

    Here, where an operator reads it, and not first in a worker, of which one follows the other.
    """
    read_upstreams(settings)
    read_statement_issuers(settings)


def check_servable(settings: Settings, store: Keystore) -> None:
    """Raise Failure unless the database can be served with the keys that are here.

    It is whole, as young as this machine has seen it, and ``store`` has what it signs and seals by.
    """

    async def looking() -> None:
        database = database_at(settings.database_url, settings)
        await database.open()
        try:
            await last_seen.check(settings, Epoch(), database)
            await _check_keys(database, store)
        finally:
            await database.close()

    with one_line():
        try:
            asyncio.run(looking())
        except NotServable as error:
            raise Failure(ExitCode.INSTANCE, "database_not_servable", str(error)) from error


async def _check_keys(database: Database, store: Keystore) -> None:
    held = {signer.kid for signer in store.signers()}
    rows = await signing_keys.everyone(database)
    active = [row["kid"] for row in rows if row["state"] == KeyState.ACTIVE]
    if not held.issuperset(active):
        raise KeyMissingError([kid for kid in active if kid not in held])
    unused = {SecretState.STAGED, SecretState.REMOVED}
    every = [one for one in await secret_versions.everyone(database) if one.state not in unused]
    absent = [one.name for one in every if one.version not in store.secret(one.domain).versions]
    if absent:
        raise SecretMissingError(absent)


def with_services(home: Path | None, work: Callable[[Services], Awaitable[Found]]) -> Found:
    """Do ``work`` with the services of the instance in ``home``, and return what it returned.

    Both databases are open while it runs. Raises Failure where the instance cannot be used; what
    else ``work`` raises comes through as it is.
    """

    async def working(parts: Parts) -> Found:
        return await work(await services_of(parts))

    return with_parts(home, working)


async def services_of(parts: Parts) -> Services:
    """Return the services of an instance whose databases are open, its secrets as they are now."""
    services = build_services(parts)
    await services.secret_versions.load()
    return services


def with_parts(home: Path | None, work: Callable[[Parts], Awaitable[Found]]) -> Found:
    """Do ``work``, as ``with_services``, with what services are made of."""
    settings = settings_of(home)
    parts = parts_of(settings, open_keys(settings))

    async def working() -> Found:
        async with parts.opened():
            return await work(parts)

    with one_line():
        return asyncio.run(working())
