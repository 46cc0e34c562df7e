"""How the web server's own lines look: one JSON object a line, like those of the application."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

from idp.observability.outlet import standard_error


class OneLine(logging.Formatter):
    """Formats a record on one line.

    An exception is told by its type and place alone: its text may hold what a visitor sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return ``{"time": epoch seconds, "event": "server", "level", "message"}``."""
        lines = [line.strip() for line in record.getMessage().splitlines() if line.strip()]
        # A failed start arrives as a whole traceback; its last line says what is wrong.
        told: dict[str, Any] = {
            "time": int(record.created),
            "event": "server",
            "level": record.levelname.lower(),
            "message": lines[-1] if lines else "",
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)
            told["at"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        return json.dumps(told, ensure_ascii=False)


def handler() -> logging.StreamHandler[Any]:
    """Return the handler of these lines: whoever reads the log too slowly holds up no request."""
    return logging.StreamHandler(standard_error())


def log_config(*, several: bool) -> dict[str, Any]:
    """Return the configuration for uvicorn; ``several`` worker processes come and go in the log."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"one_line": {"()": OneLine}},
        "handlers": {"stderr": {"()": handler, "formatter": "one_line"}},
        "loggers": {
            "uvicorn": {
                "handlers": ["stderr"],
                "level": "INFO" if several else "WARNING",
                "propagate": False,
            },
            # Tells when a collector does not answer, over and over.
            "opentelemetry": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "asyncio": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # Tells, with a traceback of several lines, when its server has gone.
            "asyncpg": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
