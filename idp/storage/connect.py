"""From a database URL to the driver behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url

from idp.storage.postgresql import Postgresql
from idp.storage.sqlite import Sqlite

if TYPE_CHECKING:
    from idp.storage.database import Database


def connect(url: str, *, durable: bool = True) -> Database:
    """Return the database at ``url`` (``sqlite:///file`` or ``postgresql://…``), not yet open.

    ``durable`` makes SQLite flush every commit to the disk (``synchronous=FULL``).
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Sqlite(parsed.database or ":memory:", durable=durable)
    return Postgresql(url)
