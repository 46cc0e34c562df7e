"""Proofs that wait to be used once, under keyed tags. They lie beside the enrolments they lead to.

A reservation *holds* its voucher and confirming it *spends* the voucher, each in one transaction of
the enrolment store; a reservation that leads to nothing lets it go. So a crash at any moment
neither uses a proof twice nor loses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from idp.storage.many import of_another_version
from idp.storage.statement import Statement
from idp.storage.tables import vouchers

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_ADD = Statement(vouchers.insert())
_FIND = Statement(select(vouchers).where(vouchers.c.tag == bindparam("of_tag")))
_SPEND = Statement(
    vouchers.delete()
    .where(vouchers.c.tag == bindparam("of_tag"), vouchers.c.holder.is_(None))
    .returning(vouchers.c.tag)
)
_HOLD = Statement(
    vouchers.update()
    .where(vouchers.c.tag == bindparam("of_tag"), vouchers.c.holder.is_(None))
    .values(holder=bindparam("new_holder"))
    .returning(vouchers.c.tag)
)
_SPEND_HELD = Statement(vouchers.delete().where(vouchers.c.holder == bindparam("of_holder")))
_LET_GO = Statement(
    vouchers.update().where(vouchers.c.holder == bindparam("of_holder")).values(holder=None)
)
_PRUNE = Statement(
    vouchers.delete()
    .where(
        vouchers.c.tag.in_(
            select(vouchers.c.tag)
            .where(vouchers.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(vouchers.c.tag)
)
_COUNT_OTHERS = Statement(
    select(func.count().label("rows")).where(of_another_version(vouchers.c.tag))
)


async def add(connection: Connection, **columns: Any) -> None:
    """Insert a voucher; every column is given."""
    await connection.all(_ADD, **columns)


async def find(connection: Connection, tag: bytes) -> Row | None:
    """Return the voucher's row, or None."""
    return await connection.one(_FIND, of_tag=tag)


async def spend(connection: Connection, tag: bytes) -> bool:
    """Use a voucher up that nobody holds; True for one caller only."""
    return await connection.one(_SPEND, of_tag=tag) is not None


async def hold(connection: Connection, tag: bytes, *, holder: bytes) -> bool:
    """Take a voucher for the reservation ``holder``; True for one caller only."""
    return await connection.one(_HOLD, of_tag=tag, new_holder=holder) is not None


async def spend_held(connection: Connection, holder: bytes) -> None:
    """Use up what a reservation holds, if it holds anything."""
    await connection.all(_SPEND_HELD, of_holder=holder)


async def let_go(connection: Connection, holder: bytes) -> None:
    """Give back what a reservation holds, if it holds anything."""
    await connection.all(_LET_GO, of_holder=holder)


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Delete vouchers whose last day is over; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))


async def count_others(connection: Connection, suffix: bytes) -> int:
    """Return how many vouchers have a tag of another version than the one of ``suffix``."""
    row = await connection.one(_COUNT_OTHERS, suffix=suffix)
    return 0 if row is None else int(row["rows"])
