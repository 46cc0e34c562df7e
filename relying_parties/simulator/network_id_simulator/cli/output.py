"""What commands print: one JSON value for machines, or rich text for people."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from rich.console import RenderableType


class Output:
    """The standard output of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def result(self, machine: Any, human: RenderableType) -> None:
        """Print the result, once, in the form that was asked for."""
        if self._as_json:
            text = json.dumps(machine, ensure_ascii=False)
            print(text, flush=True)  # noqa: T201  # a command speaks
        else:
            # Unbroken lines: an address is copied whole.
            Console(soft_wrap=True, highlight=False).print(human)
            sys.stdout.flush()


def note(text: str) -> None:
    """Tell a person something beside the result, on the standard error stream."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(text)
