"""What an error of SQLite's driver means."""

from __future__ import annotations

import sqlite3

from idp.storage.database import Unavailable


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether somebody holds a lock that will be given back.

    The driver gives extended codes: SQLITE_BUSY_RECOVERY, say, while another process that opened
    the file at the same moment reads its log. Only their last byte says what they are about.
    """
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def unavailable(error: BaseException) -> Unavailable:
    """Return what is said instead of an error of the driver: the code's name, and its words."""
    name = getattr(error, "sqlite_errorname", None)
    return Unavailable(f"{name}: {error}" if name else str(error))
