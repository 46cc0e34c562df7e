"""Structured logs: one JSON object a line, with an allow-list of fields.

What is not on the list cannot be logged: no bearer value, no person, no query string, no address of
a visitor. A field that is missing here is a decision, not an oversight (promise P1).
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.domain.clock import Clock

FIELDS = frozenset(
    {
        "cause",
        "client_id",
        "endpoint",
        "error",
        "issuer",
        "method",
        "milliseconds",
        "problem",
        "request_id",
        "sandbox",
        "status",
        "version",
    }
)
_LOGGER = logging.getLogger("idp")


class Log:
    """Writes events; every one carries the time by the instance's clock, in epoch seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """Write one event. Raises ValueError for a field that is not on the allow-list."""
        unknown = fields.keys() - FIELDS
        if unknown:
            raise ValueError(f"not on the allow-list of log fields: {', '.join(sorted(unknown))}")
        told = {key: value for key, value in fields.items() if value is not None}
        _LOGGER.info(json.dumps({"time": self._clock.now(), "event": name, **told}))


def write_to_stderr() -> None:
    """Send events to the standard error stream, as they are."""
    if not _LOGGER.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
