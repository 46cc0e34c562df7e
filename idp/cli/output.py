"""What commands print: one JSON value for machines, or rich text for people.

Rich is imported where it prints: a server, which lives long, says two plain lines.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


class Output:
    """The standard output of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def result(self, machine: Any, human: RenderableType) -> None:
        """Print the result, once, in the form that was asked for."""
        if self._as_json:
            text = json.dumps(machine, ensure_ascii=False, indent=2)
            print(text, flush=True)  # noqa: T201  # a command speaks
        else:
            from rich.console import Console  # noqa: PLC0415 - see above

            # Unbroken lines: an address or a secret is copied whole.
            Console(soft_wrap=True, highlight=False).print(human)
            sys.stdout.flush()


def verbatim(text: str) -> str:
    """Return ``text`` as it has to be within a result, to be printed as it stands."""
    from rich.markup import escape  # noqa: PLC0415 - see above

    return escape(text)


def note(text: str) -> None:
    """Tell a person something beside the result, on the standard error stream."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command speaks
