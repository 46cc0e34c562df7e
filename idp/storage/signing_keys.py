"""Where in their lives our signing keys are. Each step is one guarded statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.storage.statement import Statement
from idp.storage.tables import signing_keys

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_TIMES = ("activated_at", "retired_at", "removed_at")
_PUT = Statement(
    postgresql_insert(signing_keys)
    .values({column.name: bindparam(column.name) for column in signing_keys.columns})
    .on_conflict_do_nothing()
)
_ALL = Statement(select(signing_keys).order_by(signing_keys.c.published_at, signing_keys.c.kid))
_MOVE = Statement(
    signing_keys.update()
    .where(signing_keys.c.kid == bindparam("of_kid"), signing_keys.c.state == bindparam("before"))
    .values(state=bindparam("after"), **{name: bindparam(f"new_{name}") for name in _TIMES})
    .returning(signing_keys.c.kid)
)


async def put(connection: Connection, **columns: Any) -> None:
    """Insert a key; does nothing for one that is known, or a second active one of its algorithm."""
    await connection.all(_PUT, **columns)


async def everyone(connection: Connection) -> list[Row]:
    """Return all keys there ever were, oldest first."""
    return await connection.all(_ALL)


async def move(
    connection: Connection, kid: str, *, before: str, after: str, **times: int | None
) -> bool:
    """Take a key from one state to another; True for one caller, however many race."""
    given = {f"new_{name}": times[name] for name in _TIMES}
    row = await connection.one(_MOVE, of_kid=kid, before=before, after=after, **given)
    return row is not None
