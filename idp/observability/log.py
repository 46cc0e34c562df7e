"""Structured logs: one JSON object a line, with an allow-list of fields.

What is not on the list cannot be logged: no bearer value, no person, no query string, no address of
a visitor. A field that is missing here is a decision, not an oversight (promise P1).
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from json import dumps
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from idp.domain.clock import Clock

FIELDS = frozenset(
    {
        "cause",
        "client_id",
        "endpoint",
        "error",
        "issuer",
        "limit",
        "method",
        "milliseconds",
        "problem",
        "refused",
        "request_id",
        "sandbox",
        "status",
        "version",
    }
)
_NUMBERS = frozenset({int, float})
_LOGGER = logging.getLogger("idp")


class Log:
    """Writes events; every one carries the time by the instance's clock, in epoch seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """Write one event. Raises ValueError for a field that is not on the allow-list."""
        if not FIELDS.issuperset(fields):
            unknown = ", ".join(sorted(fields.keys() - FIELDS))
            raise ValueError(f"not on the allow-list of log fields: {unknown}")
        told = [f'"{key}": {_json(value)}' for key, value in fields.items() if value is not None]
        _tell(
            "{" + ", ".join([f'"time": {self._clock.now()}, "event": {_json(name)}', *told]) + "}"
        )


def _json(value: str | float | bool) -> str:  # noqa: FBT001 - a value of the log, not a switch
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    return repr(value) if type(value) in _NUMBERS else dumps(value)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines as they are."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.setFormatter(logging.Formatter("%(message)s"))

    def write(self, line: str) -> None:
        """Write a line without a record of it. That it cannot be written fails no request."""
        with suppress(OSError, ValueError):
            self.stream.write(f"{line}\n")
            self.stream.flush()


def _tell(line: str) -> None:
    # To make a record (stack, thread, process, names) costs more than all the rest of a line, and a
    # server writes one for each request: where nothing else listens, the stream gets it at once.
    listening = _LOGGER.handlers
    if len(listening) == 1 and isinstance(listening[0], _Lines) and not _LOGGER.propagate:
        listening[0].write(line)
    else:
        _LOGGER.info(line)


def write_to_stderr() -> None:
    """Send events to the standard error stream, as they are."""
    if not _LOGGER.handlers:
        _LOGGER.addHandler(_Lines(sys.stderr))
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
