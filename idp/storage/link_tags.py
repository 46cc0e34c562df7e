"""Tags under the link secret, to be moved to another version of it: a page, a row at a time.

What reads a whole table here is asked by a command of operators alone. A tag says itself under
which version it was made (``idp.domain.link_keys``), so what is left can be counted, and whoever
was stopped goes on with that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from idp.storage.many import among, chunks, of_another_version, of_the_version
from idp.storage.statement import Statement
from idp.storage.tables import (
    activity,
    consents,
    grants,
    operator_links,
    people,
    pseudonyms,
    pushed_requests,
    recovery_codes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column

    from idp.storage.database import Connection, Row


def _counting(*columns: Column[Any]) -> tuple[Statement, ...]:
    return tuple(
        Statement(select(func.count().label("rows")).where(of_another_version(column)))
        for column in columns
    )


_MOVABLE = _counting(
    pseudonyms.c.holder_tag,
    consents.c.tag,
    grants.c.holder_tag,
    grants.c.consent_tag,
    activity.c.tag,
)
_DYING = _counting(operator_links.c.tag, pushed_requests.c.browser_tag)
_KEPT = (Statement(select(func.count().label("rows")).where(of_the_version(recovery_codes.c.tag))),)
_PSEUDONYMS = Statement(
    select(pseudonyms)
    .where(
        pseudonyms.c.holder_tag > bindparam("after"), of_another_version(pseudonyms.c.holder_tag)
    )
    .order_by(pseudonyms.c.holder_tag)
    .limit(bindparam("page"))
)
_LOCK_PSEUDONYM = Statement(
    select(pseudonyms).where(pseudonyms.c.holder_tag == bindparam("of_holder")).with_for_update()
)
_MOVE_PSEUDONYM = Statement(
    pseudonyms.update()
    .where(pseudonyms.c.holder_tag == bindparam("of_holder"))
    .values(holder_tag=bindparam("new_holder_tag"), network_id_tag=bindparam("new_network_id_tag"))
)
_MOVE_CONSENT = Statement(
    consents.update()
    .where(consents.c.tag == bindparam("of_tag"))
    .values(tag=bindparam("new_tag"), items_tag=bindparam("new_items_tag"))
)
_GRANTS = Statement(
    select(grants.c.id, grants.c.consent_tag).where(grants.c.holder_tag == bindparam("of_holder"))
)
_MOVE_GRANT = Statement(
    grants.update()
    .where(grants.c.id == bindparam("grant_id"), grants.c.holder_tag == bindparam("of_holder"))
    .values(holder_tag=bindparam("new_holder_tag"), consent_tag=bindparam("new_consent_tag"))
)
_MOVE_ACTIVITY = Statement(
    activity.update()
    .where(activity.c.tag == bindparam("of_tag"))
    .values(tag=bindparam("new_tag"))
    .returning(activity.c.id)
)
_TAGGED = Statement(select(activity.c.tag).where(among(activity.c.tag)).distinct())
_PEOPLE = Statement(
    select(people.c.id)
    .where(people.c.id > bindparam("after"))
    .order_by(people.c.id)
    .limit(bindparam("page"))
)


async def count(connection: Connection, suffix: bytes) -> tuple[int, int]:
    """Return how many tags end otherwise: movable, and dying by themselves."""
    movable, dying = [
        await _sum(connection, statements, suffix) for statements in (_MOVABLE, _DYING)
    ]
    return movable, dying


async def count_kept(connection: Connection, suffix: bytes) -> int:
    """Return how many tags that cannot be moved end like this."""
    return await _sum(connection, _KEPT, suffix)


async def _sum(connection: Connection, statements: Sequence[Statement], suffix: bytes) -> int:
    rows = [await connection.one(statement, suffix=suffix) for statement in statements]
    return sum(int(row["rows"]) for row in rows if row is not None)


async def some_pseudonyms(
    connection: Connection, suffix: bytes, *, after: bytes, page: int
) -> list[Row]:
    """Return the next pseudonyms whose tags end otherwise, in the order of those."""
    return await connection.all(_PSEUDONYMS, suffix=suffix, after=after, page=page)


async def lock_pseudonym(connection: Connection, holder_tag: bytes) -> Row | None:
    """Return a pseudonym that nobody changes until the transaction ends, or None."""
    return await connection.one(_LOCK_PSEUDONYM, of_holder=holder_tag)


async def move_pseudonym(
    connection: Connection, old: bytes, *, holder_tag: bytes, network_id_tag: bytes
) -> None:
    """Give a pseudonym other tags."""
    await connection.all(
        _MOVE_PSEUDONYM,
        of_holder=old,
        new_holder_tag=holder_tag,
        new_network_id_tag=network_id_tag,
    )


async def move_consent(connection: Connection, old: bytes, *, tag: bytes, items_tag: bytes) -> None:
    """Give a consent other tags."""
    await connection.all(_MOVE_CONSENT, of_tag=old, new_tag=tag, new_items_tag=items_tag)


async def grants_of(connection: Connection, holder_tag: bytes) -> list[Row]:
    """Return id and consent tag of every grant that hangs on a pseudonym."""
    return await connection.all(_GRANTS, of_holder=holder_tag)


async def move_grant(
    connection: Connection, grant_id: bytes, old: bytes, *, holder_tag: bytes, consent_tag: bytes
) -> None:
    """Hang a grant on other tags, if it hangs on the holder ``old``."""
    await connection.all(
        _MOVE_GRANT,
        grant_id=grant_id,
        of_holder=old,
        new_holder_tag=holder_tag,
        new_consent_tag=consent_tag,
    )


async def move_activity(connection: Connection, old: bytes, new: bytes) -> int:
    """Give every event under one tag another one; return how many."""
    return len(await connection.all(_MOVE_ACTIVITY, of_tag=old, new_tag=new))


async def tagged(connection: Connection, tags: Sequence[bytes]) -> set[bytes]:
    """Return those of ``tags`` that any event has."""
    found = [await connection.all(_TAGGED, **some) for some in chunks(tags)]
    return {bytes(row["tag"]) for rows in found for row in rows}


async def some_people(connection: Connection, *, after: bytes, page: int) -> list[bytes]:
    """Return the ids of the next people, in their order."""
    return [bytes(row["id"]) for row in await connection.all(_PEOPLE, after=after, page=page)]
