"""Who alone does a thing now. Taking is one guarded statement; a holder's writes lock the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select

from idp.storage.statement import Statement
from idp.storage.tables import leases
from idp.storage.upsert import excluded, on_conflict_do_update

if TYPE_CHECKING:
    from idp.domain.lease import Lease
    from idp.storage.database import Connection

_excluded = excluded(leases)
_TAKE = Statement(
    insert(leases)
    .values(
        name=bindparam("name"), holder=bindparam("holder"), token=1, until=bindparam("new_until")
    )
    .ext(
        on_conflict_do_update(
            leases.c.name,
            {
                "holder": _excluded.holder,
                "token": leases.c.token + 1,
                "until": _excluded.until,
            },
            # One that ends later than any could was taken by a clock that was wrong: it would keep
            # everybody out until then. Its holder, if there is one, finds another token.
            where=or_(leases.c.until <= bindparam("now"), leases.c.until > bindparam("latest")),
        )
    )
    .returning(leases.c.token)
)
_OURS = (
    leases.c.name == bindparam("of_name"),
    leases.c.token == bindparam("of_token"),
    leases.c.until > bindparam("now"),
)
# FOR UPDATE: who takes it next waits until the transaction that asked has ended.
_HELD = Statement(select(leases.c.token).where(*_OURS).with_for_update())
_RENEW = Statement(
    leases.update().where(*_OURS).values(until=bindparam("new_until")).returning(leases.c.token)
)
_GIVE_BACK = Statement(leases.update().where(*_OURS).values(until=0))


async def take(
    connection: Connection, name: str, holder: str, *, now: int, until: int, skew: int = 0
) -> int:
    """Take a lease that nobody has; return its token, 0 for all but one of those who race.

    Nobody has one for longer than we would; clocks may be ``skew`` seconds apart.
    """
    latest = until + skew
    row = await connection.one(
        _TAKE, name=name, holder=holder, now=now, new_until=until, latest=latest
    )
    return 0 if row is None else int(row["token"])


async def held(connection: Connection, lease: Lease, *, now: int) -> bool:
    """Tell whether a lease is held, and keep it so until this transaction ends."""
    row = await connection.one(_HELD, of_name=lease.name, of_token=lease.token, now=now)
    return row is not None


async def renew(connection: Connection, lease: Lease, *, now: int, until: int) -> bool:
    """Move the end of a lease that is held; False when it is not."""
    row = await connection.one(
        _RENEW, of_name=lease.name, of_token=lease.token, now=now, new_until=until
    )
    return row is not None


async def give_back(connection: Connection, lease: Lease, *, now: int) -> None:
    """End a lease. Its row stays: the next token has to be higher."""
    await connection.all(_GIVE_BACK, of_name=lease.name, of_token=lease.token, now=now)
