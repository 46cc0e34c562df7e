"""Values that may be used once, kept until they expire: "presence means used", so durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from idp.storage.many import either, pair
from idp.storage.statement import Statement
from idp.storage.tables import replays
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection

_SPEND = Statement(
    insert(replays)
    .values(digest=bindparam("digest"), expires_at=bindparam("expires_at"))
    .ext(on_conflict_do_nothing())
    .returning(replays.c.digest)
)
_insert = insert(replays)
_SPEND_BOTH = Statement(
    _insert.values(
        [
            {"digest": bindparam("digest_0"), "expires_at": bindparam("expires_at")},
            {"digest": bindparam("digest_1"), "expires_at": bindparam("expires_at")},
        ]
    )
    .ext(on_conflict_do_nothing())
    .returning(replays.c.digest)
)
_FIND = Statement(select(replays.c.digest).where(either(replays.c.digest, "wanted")))
_PRUNE = Statement(
    replays.delete()
    .where(
        replays.c.digest.in_(
            select(replays.c.digest)
            .where(replays.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(replays.c.digest)
)


async def spend(connection: Connection, *digests: bytes, expires_at: int) -> bool:
    """Record a use; True for the first caller only, until ``expires_at`` (epoch seconds).

    Of two digests of one thing both are recorded: whoever shares one of them comes too late.
    """
    if len(digests) == 1:
        row = await connection.one(_SPEND, digest=digests[0], expires_at=expires_at)
        return row is not None
    # In one order on every node, or two that spend one thing at once would wait for each other.
    given = pair("digest", sorted(digests, key=lambda digest: (len(digest), digest)))
    rows = await connection.all(_SPEND_BOTH, expires_at=expires_at, **given)
    return len(rows) == len(digests)


async def is_spent(connection: Connection, *digests: bytes) -> bool:
    """Tell whether a use is recorded, under either of two digests."""
    return await connection.one(_FIND, **pair("wanted", digests)) is not None


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Forget at most ``batch`` values that have expired; return how many.

    They are refused for their age anyway.
    """
    return len(await connection.all(_PRUNE, now=now, batch=batch))
