"""Backups of a running provider, and instances that they were brought back into."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.app.upkeep import aftermath_of, backup_of, databases_of
from idp.cli.instance import stores
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.services import restore
from idp.services.backup import Whole
from idp.services.backup_file import Reader
from idp.storage import backup, schema
from idp.storage.connect import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from idp.app import Parts
    from idp.services.aftermath import Told
    from idp.services.restore import Checked
    from idp.storage.backup import Shape


async def shapes_of(parts: Parts) -> dict[schema.Store, list[Shape]]:
    """Return all tables of both databases."""
    return {
        store: await asyncio.to_thread(backup.shapes, store, url)
        for store, url in stores(parts.settings).items()
    }


async def backed_up(parts: Parts, progress: Callable[[int], None] = lambda _rows: None) -> bytes:
    """Return a backup of what is there now."""
    revisions = {store: schema.newest(store) for store in schema.Store}
    whole = Whole(databases_of(parts), await shapes_of(parts), revisions)
    file = io.BytesIO()
    await backup_of(parts, whole).write(file, progress)
    return file.getvalue()


def checked(parts: Parts, content: bytes) -> Checked:
    """Look a backup through with the keys of an instance."""
    secret = parts.keystore.secret(SecretDomain.FIELD)
    sealer = Sealer(secret, parts.entropy)
    return restore.check(Reader(io.BytesIO(content)), secret, sealer, lambda _rows: None)


async def brought_back(
    parts: Parts, content: bytes, progress: Callable[[int], None] = lambda _rows: None
) -> Told:
    """Bring a backup back into databases that are open, and do what follows."""
    shapes, secret = await shapes_of(parts), parts.keystore.secret(SecretDomain.FIELD)
    await restore.begin(parts.database, shapes[schema.Store.PROVIDER])
    file = io.BytesIO(content)
    await restore.fill(Reader(file), secret, databases_of(parts), shapes, progress)
    return await aftermath_of(parts, shapes).run()


@asynccontextmanager
async def elsewhere(parts: Parts, provider: str, enrolment: str) -> AsyncIterator[Parts]:
    """Open the same instance with other databases, which are of today's schema."""
    urls = {"database_url": provider, "enrolment_database_url": enrolment}
    other = replace(
        parts,
        settings=parts.settings.model_copy(update=urls),
        database=connect(provider, durable=False),
        enrolment_store=connect(enrolment, durable=False),
    )
    async with other.opened():
        yield other
