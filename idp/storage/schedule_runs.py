"""When what runs by itself last ran, and how that went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select

from idp.storage.statement import Statement
from idp.storage.tables import schedule_runs
from idp.storage.upsert import excluded, on_conflict_do_update

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_excluded = excluded(schedule_runs)
_insert = insert(schedule_runs).values(
    {column.name: bindparam(column.name) for column in schedule_runs.columns}
)
_NOTE = Statement(
    _insert.ext(
        on_conflict_do_update(
            schedule_runs.c.name,
            {
                "ran_at": _excluded.ran_at,
                "done_at": func.coalesce(_excluded.done_at, schedule_runs.c.done_at),
                "failures": schedule_runs.c.failures + _excluded.failures,
                "problems": _excluded.problems,
            },
        )
    )
)
_FIND = Statement(select(schedule_runs).where(schedule_runs.c.name == bindparam("of_name")))


async def note(
    connection: Connection, name: str, *, now: int, failures: int, problems: str
) -> None:
    """Write down a run; without failures everything that was due has been done."""
    done_at = now if failures == 0 else None
    await connection.all(
        _NOTE, name=name, ran_at=now, done_at=done_at, failures=failures, problems=problems
    )


async def find(connection: Connection, name: str) -> Row | None:
    """Return what is known of the last run, None when there was none."""
    return await connection.one(_FIND, of_name=name)
