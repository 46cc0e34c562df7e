"""Statements about many rows at once, still compiled once: a fixed number of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement

SIZE = 64
_TAG_BYTES = 32


def among(column: ColumnElement[Any], name: str = "value") -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the values that ``chunks`` gives.

    ``name`` is that of the second ones of ``both_chunks``.
    """
    return column.in_([bindparam(f"{name}_{place}") for place in range(SIZE)])


def either(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the one or two values that ``pair`` gives.

    The tags of one thing, under each version of a secret that is live.
    """
    return column.in_([bindparam(f"{name}_0"), bindparam(f"{name}_1")])


def pair(name: str, values: Sequence[bytes]) -> dict[str, bytes]:
    """Return the parameters of ``either``; raises ValueError for more than two values."""
    first, *rest = values
    if len(rest) > 1:
        raise ValueError("two versions of a secret are live at most")
    return {f"{name}_0": first, f"{name}_1": rest[0] if rest else first}


def of_another_version(tag: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a tag was made under another version than the one of ``suffix``.

    That is what stands behind its first 32 bytes (``idp.domain.link_keys``).
    """
    return func.substr(tag, _TAG_BYTES + 1) != bindparam("suffix")


def of_the_version(tag: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a tag was made under the version of ``suffix``."""
    return func.substr(tag, _TAG_BYTES + 1) == bindparam("suffix")


def chunks(values: Sequence[bytes], name: str = "value") -> Iterator[dict[str, bytes]]:
    """Yield the parameters of ``among``, ``SIZE`` values at a time; the last is filled up."""
    for start in range(0, len(values), SIZE):
        some = values[start : start + SIZE]
        filled = [*some, *[some[-1]] * (SIZE - len(some))]
        yield {f"{name}_{place}": value for place, value in enumerate(filled)}


def both_chunks(
    values: Sequence[bytes], others: Sequence[bytes], name: str
) -> Iterator[dict[str, bytes]]:
    """Yield the parameters of two ``among``, so that each value meets each of ``others``."""
    for some in chunks(values):
        for more in chunks(others, name):
            yield some | more
