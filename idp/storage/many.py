"""Statements about many rows at once, still compiled once: a fixed number of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement

SIZE = 64


def among(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the values that ``chunks`` gives."""
    return column.in_([bindparam(f"value_{place}") for place in range(SIZE)])


def chunks(values: Sequence[bytes]) -> Iterator[dict[str, bytes]]:
    """Yield the parameters of ``among``, ``SIZE`` values at a time; the last is filled up."""
    for start in range(0, len(values), SIZE):
        some = values[start : start + SIZE]
        filled = [*some, *[some[-1]] * (SIZE - len(some))]
        yield {f"value_{place}": value for place, value in enumerate(filled)}
