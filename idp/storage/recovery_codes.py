"""Recovery codes, as keyed tags; a code is deleted by whoever uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from idp.storage.many import among, chunks
from idp.storage.statement import Statement
from idp.storage.tables import recovery_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

_ADD = Statement(recovery_codes.insert())
_CLEAR = Statement(recovery_codes.delete().where(recovery_codes.c.person_id == bindparam("owner")))
_COUNT = Statement(
    select(func.count().label("left"))
    .select_from(recovery_codes)
    .where(recovery_codes.c.person_id == bindparam("owner"))
)
_FIND = Statement(select(recovery_codes).where(among(recovery_codes.c.tag)))
_SPEND = Statement(
    recovery_codes.delete()
    .where(
        recovery_codes.c.tag == bindparam("of_tag"),
        recovery_codes.c.person_id == bindparam("owner"),
    )
    .returning(recovery_codes.c.tag)
)


async def replace(connection: Connection, person_id: bytes, tags: Sequence[bytes]) -> None:
    """Put ``tags`` in place of all that the person has."""
    await connection.all(_CLEAR, owner=person_id)
    for tag in tags:
        await connection.all(_ADD, tag=tag, person_id=person_id)


async def left(connection: Connection, person_id: bytes) -> int:
    """Return how many codes a person has."""
    row = await connection.one(_COUNT, owner=person_id)
    return 0 if row is None else int(row["left"])


async def find(connection: Connection, *tags: bytes) -> Row | None:
    """Return the row of the code that has one of these tags, or None."""
    for some in chunks(tags):
        row = await connection.one(_FIND, **some)
        if row is not None:
            return row
    return None


async def spend(connection: Connection, tag: bytes, person_id: bytes) -> bool:
    """Use a person's code up; True for one caller only."""
    return await connection.one(_SPEND, of_tag=tag, owner=person_id) is not None
