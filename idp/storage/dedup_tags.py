"""Tags of identities under one version of the dedup secret, nested under the next one.

What reads the whole table here is asked by a command of operators alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from idp.storage.statement import Statement
from idp.storage.tables import enrolments

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_OTHERS = enrolments.c.key_version != bindparam("version")
_COUNT = Statement(select(func.count().label("rows")).where(_OTHERS))
_SOME = Statement(
    select(enrolments.c.dedup_tag, enrolments.c.key_version)
    .where(enrolments.c.dedup_tag > bindparam("after"), _OTHERS)
    .order_by(enrolments.c.dedup_tag)
    .limit(bindparam("page"))
)
_NEST = Statement(
    enrolments.update()
    .where(
        enrolments.c.dedup_tag == bindparam("tag"),
        enrolments.c.key_version == bindparam("of_version"),
    )
    .values(dedup_tag=bindparam("new_tag"), key_version=bindparam("new_version"))
)


async def count(connection: Connection, version: int) -> int:
    """Return how many identities have their tags under another version."""
    row = await connection.one(_COUNT, version=version)
    return 0 if row is None else int(row["rows"])


async def some(connection: Connection, version: int, *, after: bytes, page: int) -> list[Row]:
    """Return tag and version of the next of those, in the order of their tags."""
    return await connection.all(_SOME, version=version, after=after, page=page)


async def nest(
    connection: Connection, tag: bytes, version: int, *, new_tag: bytes, new_version: int
) -> None:
    """Give an identity its tag under a later version, where it still has this one."""
    await connection.all(
        _NEST, tag=tag, of_version=version, new_tag=new_tag, new_version=new_version
    )
