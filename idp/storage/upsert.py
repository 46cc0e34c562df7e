"""``INSERT … ON CONFLICT``, which SQLite and PostgreSQL spell alike.

SQLAlchemy has one for each, and either loads the whole dialect (2.4 MiB for PostgreSQL's), into a
process that may never speak to that database. This one is an extension of its Core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, SyntaxExtension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, ColumnElement, Insert, Table
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.compiler import SQLCompiler


class OnConflict(SyntaxExtension, ClauseElement):
    """What an insert does where its row is there already; give it to ``Insert.ext``."""

    inherit_cache = False

    def __init__(
        self,
        key: Column[Any] | None,
        changes: Mapping[str, ColumnElement[Any]],
        where: ColumnElement[bool] | None,
    ) -> None:
        self.key = key
        self.changes = changes
        self.where = where

    def apply_to_insert(self, insert_stmt: Insert) -> None:
        """Stand after the values."""
        insert_stmt.apply_syntax_extension_point(self.append_replacing_same_type, "post_values")


def on_conflict_do_nothing() -> OnConflict:
    """Leave the row that is there as it is, whichever constraint found it. Nothing is returned."""
    return OnConflict(None, {}, None)


def on_conflict_do_update(
    key: Column[Any],
    changes: Mapping[str, ColumnElement[Any]],
    *,
    where: ColumnElement[bool] | None = None,
) -> OnConflict:
    """Change the row that has the same ``key``: names of columns, and what each becomes.

    Where ``where`` does not hold for it, it stays as it is, and nothing is returned.
    """
    return OnConflict(key, changes, where)


def excluded(table: Table) -> ReadOnlyColumnCollection[str, Column[Any]]:
    """Return the columns of the row that could not be inserted, for ``changes``."""
    return table.alias("excluded").c


@compiles(OnConflict)
def _spelled(clause: OnConflict, compiler: SQLCompiler, **_: Any) -> str:
    if clause.key is None:
        return "ON CONFLICT DO NOTHING"
    quote = compiler.preparer.quote
    changes = ", ".join(
        f"{quote(name)} = {compiler.process(value.self_group())}"
        for name, value in clause.changes.items()
    )
    spelled = f"ON CONFLICT ({quote(clause.key.name)}) DO UPDATE SET {changes}"
    return spelled if clause.where is None else f"{spelled} WHERE {compiler.process(clause.where)}"
