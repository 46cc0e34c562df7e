"""When this machine last saw its database alive: one small file in the instance's folder."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.domain.epoch import HalfRestored, WentBack

if TYPE_CHECKING:
    from pathlib import Path

    from idp.services.epoch import Epoch
    from idp.settings import Settings
    from idp.storage.database import Connection

FILE = "last-seen.json"
RESTORING = "restoring"  # stands in the folder from the first change of a restore to its end


class NotServable(Exception):
    """The database went back in time, or its restore has not ended; the text says what to run."""


def read(home: Path) -> int:
    """Return what was remembered, in epoch seconds; 0 where nothing is, or nothing readable."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return int(json.loads((home / FILE).read_text(encoding="utf-8"))["database_alive_at"])
    return 0


def write(home: Path, seen_at: int) -> None:
    """Remember ``seen_at``, as far as the folder can be written to: it may be mounted read-only."""
    unfinished = home / f".{FILE}.new"
    with suppress(OSError):
        unfinished.write_text(json.dumps({"database_alive_at": seen_at}), encoding="utf-8")
        unfinished.replace(home / FILE)


async def check(settings: Settings, epoch: Epoch, database: Connection) -> None:
    """Raise NotServable unless the database is as young as this machine knows it.

    A sandbox may lose what it wrote last, so there nothing is remembered.
    """
    half_done = (settings.home / RESTORING).exists()
    try:
        await epoch.check(database, seen_at=0 if settings.sandbox else read(settings.home))
    except HalfRestored:
        half_done = True
    except WentBack as error:
        raise NotServable(told(error, settings)) from None
    if half_done:
        raise NotServable(
            "a restore of this database has not ended; nothing of it may be used. "
            f"Run: idp restore --home {settings.home} FILE"
        )


def told(error: WentBack, settings: Settings) -> str:
    """Return what an operator is told of a database that went back."""
    return (
        f"the database went back in time: it is from {_civil(error.alive_at)}, and this machine "
        f"has seen it alive at {_civil(error.seen_at)}. What was used up or ended since would be "
        "valid again. If it was put back on purpose, run: "
        f"idp restore --home {settings.home} --acknowledge"
    )


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC" if time else "the beginning"
