"""Whether a database already belongs to an instance: new keys would open nothing in it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking
from idp.storage import clients, people, schema
from idp.storage.connect import connect
from idp.storage.pool import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_unowned(urls: Mapping[schema.Store, str]) -> None:
    """Raise Failure unless both databases are new, or hold nothing yet.

    Empty tables are what a failed `idp init` may leave on a database server.
    """
    found = {
        store: asking(store, partial(schema.current, store, url)) for store, url in urls.items()
    }
    if found[schema.Store.PROVIDER] is None and found[schema.Store.ENROLMENT] is None:
        return
    current = found[schema.Store.PROVIDER] == schema.newest(schema.Store.PROVIDER)
    url = urls[schema.Store.PROVIDER]
    if not current or not asking(schema.Store.PROVIDER, lambda: asyncio.run(_is_empty(url))):
        raise Failure(
            ExitCode.INPUT,
            "database_in_use",
            "these databases belong to an instance already, and only its keys open what is in "
            "them. Give other databases, or bring that instance's folder back from its backup",
        )


async def _is_empty(url: str) -> bool:
    database = connect(url, limits=Limits(prepared=False))  # whatever stands in between
    await database.open()
    try:
        held = await clients.everyone(database)
        return not (
            held
            or await people.count(database, sandbox=False)
            or await people.count(database, sandbox=True)
        )
    finally:
        await database.close()
