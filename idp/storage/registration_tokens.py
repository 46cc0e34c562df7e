"""What lets somebody register clients: found by its digest, counted down by each use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import registration_tokens

if TYPE_CHECKING:
    from idp.storage.database import Connection

_ADD = Statement(registration_tokens.insert())
_LIVE = (
    registration_tokens.c.digest == bindparam("wanted_digest"),
    registration_tokens.c.uses_left > 0,
    registration_tokens.c.expires_at > bindparam("now"),
)
_FIND = Statement(select(registration_tokens.c.platform).where(*_LIVE))
_SPEND = Statement(
    registration_tokens.update()
    .where(*_LIVE)
    .values(uses_left=registration_tokens.c.uses_left - 1)
    .returning(registration_tokens.c.digest)
)
_PRUNE = Statement(
    registration_tokens.delete()
    .where(
        registration_tokens.c.digest.in_(
            select(registration_tokens.c.digest)
            .where(registration_tokens.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(registration_tokens.c.digest)
)


async def add(connection: Connection, **columns: Any) -> None:
    """Insert a token; every column is given."""
    await connection.all(_ADD, **columns)


async def platform(connection: Connection, digest: bytes, *, now: int) -> str | None:
    """Return the platform that a live token is for ("" for any), or None for no such token."""
    row = await connection.one(_FIND, wanted_digest=digest, now=now)
    return None if row is None else row["platform"]


async def spend(connection: Connection, digest: bytes, *, now: int) -> bool:
    """Use a token once; False when it was used up, or has expired, or never was."""
    return await connection.one(_SPEND, wanted_digest=digest, now=now) is not None


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` tokens that have expired; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))
