"""What people object to a suspension, and what they were answered; all of it sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select

from idp.domain.appeal import AppealState
from idp.storage.statement import Statement
from idp.storage.tables import appeals

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_OPEN = literal(AppealState.OPEN.value)

_ADD = Statement(appeals.insert())
_FIND = Statement(select(appeals).where(appeals.c.id == bindparam("appeal_id")))
_OF_PERSON = Statement(select(appeals).where(appeals.c.person_id == bindparam("of_person")))
_NEWEST = Statement(
    select(appeals)
    .where(appeals.c.created_day >= bindparam("since"))
    .order_by(appeals.c.created_day.desc())
    .limit(bindparam("most"))
)
_ANSWER = Statement(
    appeals.update()
    .where(appeals.c.id == bindparam("appeal_id"), appeals.c.state == _OPEN)
    .values(state=literal(AppealState.ANSWERED.value), facts_sealed=bindparam("new_facts"))
    .returning(appeals.c.id)
)
_PRUNE = Statement(
    appeals.delete()
    .where(
        appeals.c.id.in_(
            select(appeals.c.id)
            .where(appeals.c.created_day < bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(appeals.c.id)
)


async def add(connection: Connection, **columns: Any) -> None:
    """Insert an appeal; every column is given."""
    await connection.all(_ADD, **columns)


async def find(connection: Connection, appeal_id: bytes) -> Row | None:
    """Return the appeal's row, or None."""
    return await connection.one(_FIND, appeal_id=appeal_id)


async def of_person(connection: Connection, person_id: bytes) -> list[Row]:
    """Return a person's appeals, in no order."""
    return await connection.all(_OF_PERSON, of_person=person_id)


async def newest(connection: Connection, *, since: int, most: int) -> list[Row]:
    """Return at most ``most`` appeals from the day ``since`` on, the newest first."""
    return await connection.all(_NEWEST, since=since, most=most)


async def answer(connection: Connection, appeal_id: bytes, facts_sealed: bytes) -> bool:
    """Store an appeal with its answer, if it had none; True for exactly one caller."""
    row = await connection.one(_ANSWER, appeal_id=appeal_id, new_facts=facts_sealed)
    return row is not None


async def prune(connection: Connection, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` appeals of days before ``before``; return how many."""
    return len(await connection.all(_PRUNE, before=before, batch=batch))
