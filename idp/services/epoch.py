"""Since when this database's memory is whole; see ``idp.domain.epoch``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import epoch as rules
from idp.storage import instance

if TYPE_CHECKING:
    from idp.storage.database import Connection


class Epoch:
    """Knows when the database was last restored; 0, until ``check`` or ``beat`` has looked."""

    def __init__(self, restored_at: int = 0) -> None:
        self.restored_at = restored_at

    def forgot(self, made_at: int) -> bool:
        """Tell whether it is unknown by now if something made at ``made_at`` was used."""
        return made_at < self.restored_at

    async def check(self, database: Connection, *, seen_at: int) -> None:
        """Raise HalfRestored or WentBack unless the database may be served."""
        row = await instance.find(database)
        if row is None:
            raise rules.HalfRestored
        rules.check(alive_at=row["alive_at"], restoring=bool(row["restoring"]), seen_at=seen_at)
        self.restored_at = row["restored_at"]

    async def beat(self, database: Connection, *, now: int, seen_at: int) -> int:
        """Note that this server runs; return what it has to remember as seen.

        Raises HalfRestored or WentBack, and then nothing is noted.
        """
        row = await instance.beat(database, now=now, at_least=rules.at_least(seen_at))
        if row is None:
            await self.check(database, seen_at=seen_at)
            return seen_at  # it was mended between the two
        self.restored_at = row["restored_at"]
        alive_at: int = row["alive_at"]
        return alive_at
