"""Reading JSON that somebody else wrote, so that two readers cannot see two different objects.

Nor may one of them fail on what the other has let through: what was read can be written again as
UTF-8, compared as numbers, and walked.
"""

from __future__ import annotations

import json
from typing import Any, Final

MAX_DEPTH = 64
_MOST_DIGITS = 300  # a float holds 308 of them


def load_object(data: bytes | str) -> dict[str, Any]:
    """Return the JSON object in ``data``.

    Raises ValueError for anything else: not JSON, not an object, a member that stands twice at any
    depth, NaN, Infinity and numbers that no float holds, half a character, nesting over 64 deep.
    """
    try:
        if isinstance(data, bytes):
            text = data.decode("utf-8")
        else:
            text = data
            text.encode("utf-8")  # a lone surrogate is no more UTF-8 than a broken byte
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one kind of refusal for callers
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    if "\\u" in text:
        _check_characters(value)
    return value


def _check_depth(value: dict[str, Any]) -> None:
    level: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
    if level:
        raise ValueError("nested too deeply")


def _inside(value: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    """Return the arrays and objects that stand right in ``value``."""
    values = value.values() if isinstance(value, dict) else value
    return [one for one in values if isinstance(one, list | dict)]


def _check_characters(value: object) -> None:
    """Refuse a lone surrogate, which JSON can escape: it is text that nobody can store or send."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("half a character") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number:  # not 0 for Infinity alone
        raise ValueError("a number is too large")
    return number


def _whole(digits: str) -> int:
    # Where it meets a float (a time, say) a longer one would raise OverflowError.
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too large")
    return int(digits)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_no_duplicates,
    parse_constant=_no_constant,
    parse_float=_finite,
    parse_int=_whole,
)
