"""What every refusal says, and that it says no secret."""

from __future__ import annotations

import re
from copy import copy
from typing import Any, Self

SHOWN_CHARACTERS = 160


def shown(value: object, most: int = SHOWN_CHARACTERS) -> str:
    """Return a foreign value as short printable ASCII, safe for logs (no line can be forged)."""
    text = ascii(value)
    return text if len(text) <= most else text[:most] + "…"


class SignInError(Exception):
    """A sign-in, or getting ready for one, was refused. Nobody may be signed in.

    ``expected``, ``came`` and ``todo`` are sentences for the platform's developers, without any
    secret. ``code`` is stable: ``StateMismatchError`` has the code ``state-mismatch``.
    """

    todo: str = "Do not sign the person in; let them begin again."

    def __init__(self, *, expected: str, came: str, todo: str | None = None) -> None:
        self.expected = expected
        self.came = came
        if todo is not None:
            self.todo = todo
        super().__init__(f"{self.code}: expected {expected}; came {came}. {self.todo}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, vars(self))

    def again(self) -> Self:
        """Return an error that says the same, to be raised for somebody else."""
        return copy(self)

    @property
    def code(self) -> str:
        """The stable name of this refusal."""
        name = type(self).__name__.removesuffix("Error")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _restored(kind: type[SignInError], args: Any, values: dict[str, Any]) -> SignInError:
    """Return a copy of an error: Python's own way would call an ``__init__`` of another form."""
    error = kind.__new__(kind, *args)
    vars(error).update(values)
    return error
