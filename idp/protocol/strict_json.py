"""Reading JSON that somebody else wrote, so that two readers cannot see two different objects."""

from __future__ import annotations

import json
from typing import Any


def load_object(data: bytes | str) -> dict[str, Any]:
    """Return the JSON object in ``data``.

    Raises ValueError for anything else: not JSON, not an object, a member that stands twice at any
    depth, NaN and Infinity, nesting that exhausts the parser.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text.encode("utf-8")  # a lone surrogate in text is no more UTF-8 than a broken byte
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one kind of refusal for callers
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
