"""Structured logs: one JSON object a line, with an allow-list of fields.

What is not on the list cannot be logged: no bearer value, no person, no query string, no address of
a visitor. A field that is missing here is a decision, not an oversight (promise P1).
"""

from __future__ import annotations

import logging
from json import dumps
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, TextIO

from idp.observability.outlet import standard_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.clock import Clock
    from idp.observability.outlet import Outlet

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
_AS_JSON: dict[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    int: repr,
    float: repr,
}
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
        told = [
            f'"{key}": {_AS_JSON.get(type(value), dumps)(value)}'
            for key, value in fields.items()
            if value is not None
        ]
        head = f'"time": {self._clock.now()}, "event": {encode_basestring_ascii(name)}'
        _tell(f"{{{', '.join([head, *told])}}}")


class _Lines(logging.StreamHandler["Outlet | TextIO"]):
    """Writes lines as they are."""

    def __init__(self, stream: Outlet | TextIO) -> None:
        super().__init__(stream)
        self.setFormatter(logging.Formatter("%(message)s"))

    def write(self, line: str) -> None:
        """Write a line without a record of it. That it cannot be written fails no request."""
        try:
            self.stream.write(f"{line}\n")  # nothing is kept back: see standard_error
        except (OSError, ValueError):  # a stream that somebody has closed
            return


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
        _LOGGER.addHandler(_Lines(standard_error()))
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
