"""From a database URL to the driver behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url

from idp.storage.sqlite import Sqlite

if TYPE_CHECKING:
    from idp.storage.database import Database
    from idp.storage.pool import Limits


def connect(url: str, *, durable: bool = True, limits: Limits | None = None) -> Database:
    """Return the database at ``url`` (``sqlite:///file`` or ``postgresql://…``), not yet open.

    ``durable`` makes SQLite flush every commit to the disk (``synchronous=FULL``). ``limits`` are
    for PostgreSQL, whose address may name several servers, of which the one is used that writes:
    ``?host=one,two&port=5432,5432&target_session_attrs=read-write``.
    """
    if url.startswith("sqlite:"):
        return Sqlite(make_url(url).database or ":memory:", durable=durable)
    # The driver is two megabytes of each process, which SQLite has no use for.
    from idp.storage.postgresql import Postgresql  # noqa: PLC0415 - read when needed

    return Postgresql(url, limits)
