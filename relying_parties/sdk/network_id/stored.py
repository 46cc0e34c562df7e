"""Values that pass through a session store: JSON out, and only exactly that back in.

A session's content may be of an older release, of another library, or altered where it is not
protected. Whatever is not exactly what was written raises SessionValueError, never a crash.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from network_id.errors import SessionValueError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

LARGEST = 65_536  # characters of JSON


def to_json(values: Mapping[str, Any]) -> str:
    """Return compact JSON."""
    return json.dumps(values, separators=(",", ":"))


def is_same(stored: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Tell whether both are the same JSON, in which, unlike in Python, false is not 0."""
    try:
        return json.dumps(stored, sort_keys=True) == json.dumps(values, sort_keys=True)
    except (ValueError, TypeError, RecursionError):
        return False


def read_json(text: str | bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in ``text``. Raises SessionValueError; ``name`` says what it is."""
    try:
        values = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, TypeError, RecursionError):
        values = None
    return read_object(values, name)


def read_object(values: object, name: str) -> dict[str, Any]:
    """Return ``values`` when they are an object with text for keys. Raises SessionValueError."""
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise SessionValueError(expected=f"a stored {name}", came=shown(type(values).__name__))
    return values


def read_fields(
    kind: type[DataclassInstance], values: object, types: Mapping[str, type]
) -> dict[str, Any]:
    """Return ``values`` when they fit the fields of ``kind``, each of its type in ``types``.

    A field with a default may be left out. Raises SessionValueError; no value is shown in it.
    """
    name = kind.__name__
    given = read_object(values, name)
    needed = {one.name for one in fields(kind) if one.default is MISSING}
    if missing := needed - set(given):
        raise SessionValueError(expected=f"a stored {name}", came=f"no {min(missing)}")
    for key, value in given.items():
        if key not in types:
            raise SessionValueError(expected=f"a stored {name}", came=f"{shown(key)} in it too")
        if type(value) is not types[key]:  # not isinstance: True is no number of seconds
            raise SessionValueError(
                expected=f"{key} of a stored {name} as {types[key].__name__}",
                came=type(value).__name__,
            )
    return given
