"""Pushed requests: "presence means valid", bound to one browser by one guarded statement (P8).

A row is deleted by the statement, or in the transaction, that stores the grant it leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, or_, select

from idp.storage.many import either, pair
from idp.storage.statement import Statement
from idp.storage.tables import pushed_requests

if TYPE_CHECKING:
    from sqlalchemy import CTE, Select

    from idp.storage.database import Connection, Row

_ADD = Statement(pushed_requests.insert())
_FIND = Statement(select(pushed_requests).where(pushed_requests.c.digest == bindparam("handle")))
_BIND = Statement(
    pushed_requests.update()
    .where(
        pushed_requests.c.digest == bindparam("handle"),
        or_(
            pushed_requests.c.browser_tag.is_(None),
            either(pushed_requests.c.browser_tag, "of_browser"),
        ),
    )
    .values(browser_tag=bindparam("new_tag"), expires_at=bindparam("until"))
    .returning(pushed_requests.c.digest)
)
_REMOVE = Statement(
    pushed_requests.delete()
    .where(pushed_requests.c.digest == bindparam("handle"))
    .returning(pushed_requests.c.digest)
)
_REMOVE_OF_BROWSER = Statement(
    pushed_requests.delete().where(
        pushed_requests.c.digest == bindparam("handle"),
        either(pushed_requests.c.browser_tag, "of_browser"),
    )
)
_PRUNE = Statement(
    pushed_requests.delete()
    .where(
        pushed_requests.c.digest.in_(
            select(pushed_requests.c.digest)
            .where(pushed_requests.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(pushed_requests.c.digest)
)


# For the statement that stores a grant. On PostgreSQL whoever is faster locks the row, and the
# slower one finds it deleted (RFC 9126 §7.3).
HELD = (
    select(pushed_requests.c.digest)
    .where(pushed_requests.c.digest == bindparam("pushed"))
    .with_for_update()
    .cte("held")
)

SPEND = pushed_requests.delete().where(pushed_requests.c.digest == bindparam("pushed"))


def using_up(whole: Select[Any], granted: CTE) -> Select[Any]:
    """Return ``whole``, which inserts ``granted``, with the request's end if there is a grant."""
    spent = (
        pushed_requests.delete()
        .where(pushed_requests.c.digest == bindparam("pushed"), exists(select(granted.c.id)))
        .cte("spent")
    )
    return whole.add_cte(spent)


async def add(
    connection: Connection, *, digest: bytes, facts_sealed: bytes, expires_at: int
) -> None:
    """Insert a request that no browser has come with; ``expires_at`` says when it is pruned."""
    await connection.all(
        _ADD, digest=digest, facts_sealed=facts_sealed, browser_tag=None, expires_at=expires_at
    )


async def find(connection: Connection, digest: bytes) -> Row | None:
    """Return the request, or None when there is none, or not any more."""
    return await connection.one(_FIND, handle=digest)


async def bind(connection: Connection, digest: bytes, *tags: bytes, until: int) -> bool:
    """Give the request to the browser of ``tags``; False when it is another one's, or gone."""
    given = pair("of_browser", tags)
    row = await connection.one(_BIND, handle=digest, new_tag=tags[0], until=until, **given)
    return row is not None


async def remove(connection: Connection, digest: bytes) -> bool:
    """Use the request up; True for exactly one caller, however many race."""
    return await connection.one(_REMOVE, handle=digest) is not None


async def remove_of_browser(connection: Connection, digest: bytes, *tags: bytes) -> None:
    """End the request if it is this browser's."""
    await connection.all(_REMOVE_OF_BROWSER, handle=digest, **pair("of_browser", tags))


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` requests that nobody can use any more; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))
