"""Where in their lives our signing keys are. Each step is one guarded statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from idp.domain.signing_key import KeyState, SigningKey
from idp.storage.statement import Statement
from idp.storage.tables import signing_keys
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_TIMES = ("activated_at", "retired_at", "removed_at")
_PUT = Statement(
    insert(signing_keys)
    .values({column.name: bindparam(column.name) for column in signing_keys.columns})
    .ext(on_conflict_do_nothing())
    .returning(signing_keys.c.kid)
)
_ALL = Statement(select(signing_keys).order_by(signing_keys.c.published_at, signing_keys.c.kid))
_SEE = Statement(
    signing_keys.update()
    .where(signing_keys.c.kid == bindparam("of_kid"))
    .values(seen_at=func.coalesce(signing_keys.c.seen_at, bindparam("now")))
)
_MISS = Statement(
    signing_keys.update().where(signing_keys.c.kid == bindparam("of_kid")).values(seen_at=None)
)
_MOVE = Statement(
    signing_keys.update()
    .where(signing_keys.c.kid == bindparam("of_kid"), signing_keys.c.state == bindparam("before"))
    .values(state=bindparam("after"), **{name: bindparam(f"new_{name}") for name in _TIMES})
    .returning(signing_keys.c.kid)
)


async def put(connection: Connection, **columns: Any) -> bool:
    """Insert a key; False for one that is known, or a second active one of its algorithm."""
    return await connection.one(_PUT, **columns) is not None


async def everyone(connection: Connection) -> list[Row]:
    """Return all keys there ever were, oldest first."""
    return await connection.all(_ALL)


async def move(connection: Connection, old: SigningKey, new: SigningKey) -> bool:
    """Take a key from one state to another; True for one caller, however many race."""
    given = {f"new_{name}": getattr(new, name) for name in _TIMES}
    before, after = old.state.value, new.state.value
    row = await connection.one(_MOVE, of_kid=old.kid, before=before, after=after, **given)
    return row is not None


async def see(connection: Connection, kid: str, *, now: int) -> None:
    """Note that a key was seen from outside; since when stays as it was."""
    await connection.all(_SEE, of_kid=kid, now=now)


async def miss(connection: Connection, kid: str) -> None:
    """Note that a key was looked for from outside and was not there."""
    await connection.all(_MISS, of_kid=kid)


def read(row: Row) -> SigningKey:
    """Return a row of ``everyone`` as what it is."""
    return SigningKey(
        kid=row["kid"],
        alg=row["alg"],
        state=KeyState(row["state"]),
        published_at=row["published_at"],
        activated_at=row["activated_at"],
        retired_at=row["retired_at"],
        removed_at=row["removed_at"],
        seen_at=row["seen_at"],
    )
