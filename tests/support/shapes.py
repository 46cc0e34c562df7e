"""What a database looks like to the code that uses it, and what a change of it takes away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class TableShape:
    """Columns (type, may be null, has a default), key, and what refuses rows."""

    columns: dict[str, tuple[str, bool, bool]]
    key: tuple[str, ...]
    unique: dict[tuple[str, ...], str] = field(default_factory=dict)
    indexes: set[tuple[str, ...]] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)


def shape_of(connection: sa.Connection) -> dict[str, TableShape]:
    """Return the shape of every table."""
    inspector = sa.inspect(connection)
    found = {}
    for name in inspector.get_table_names():
        indexes: list[Any] = list(inspector.get_indexes(name))
        constraints = inspector.get_unique_constraints(name)
        unique = {
            _columns(one): str(one.get("dialect_options")) for one in indexes if one["unique"]
        }
        unique |= {tuple(one["column_names"]): "" for one in constraints}
        found[name] = TableShape(
            {
                column["name"]: (
                    str(column["type"]),
                    bool(column["nullable"]),
                    column.get("default") is not None,
                )
                for column in inspector.get_columns(name)
            },
            tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
            unique,
            {_columns(one) for one in indexes if not one["unique"]},
            {str(sorted(one.items(), key=str)) for one in inspector.get_foreign_keys(name)},
            {one["sqltext"] for one in inspector.get_check_constraints(name)},
        )
    return found


def _columns(index: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(one) for one in index["column_names"])


def contracting(before: Mapping[str, TableShape], after: Mapping[str, TableShape]) -> list[str]:
    """Return everything by which statements that worked before would fail after, or mean less."""
    told = [f"{name} is gone" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        told += [f"{name}: {one}" for one in _of_table(before[name], after[name])]
    return told


def _of_table(before: TableShape, after: TableShape) -> list[str]:
    told = []
    for column, was in before.columns.items():
        now = after.columns.get(column)
        if now is None:
            told.append(f"column {column} is gone")
        elif now[0] != was[0]:
            told.append(f"column {column} is {now[0]}, was {was[0]}")
        elif (was[1] and not now[1]) or (was[2] and not now[2]):
            told.append(f"column {column} can be left out no more")
    for column in after.columns.keys() - before.columns.keys():
        _, nullable, has_default = after.columns[column]
        if not (nullable or has_default):
            told.append(f"new column {column} cannot be left out")
    if before.key != after.key:
        told.append(f"the key is {after.key}, was {before.key}")
    return told + _of_rules(before, after)


def _of_rules(before: TableShape, after: TableShape) -> list[str]:
    told = []
    for columns, how in after.unique.items():
        old = set(columns) & before.columns.keys()
        if old and before.unique.get(columns) != how:
            told.append(f"{columns} must be unique now")
    told += [f"{one} is not unique any more" for one in before.unique.keys() - after.unique.keys()]
    told += [f"the index on {one} is gone" for one in before.indexes - after.indexes]
    told += [f"new rule: {one}" for one in after.checks - before.checks]
    if before.references != after.references:
        told.append("references changed")
    return told
