"""Things that may be used once: recorded by one guarded insert, durable until they expire (P8)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from idp.domain.framing import framed
from idp.storage import replays

if TYPE_CHECKING:
    from idp.storage.database import Database


class Replays:
    """Spends values: client assertions, passkey challenges."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, kind: str, owner: str, value: str, *, expires_at: int) -> bool:
        """Use ``value`` up; True for the first caller only, on whichever node.

        ``kind`` and ``owner`` keep one client's values apart from another's and from other kinds.
        """
        parts = (kind.encode(), owner.encode(), value.encode("utf-8", "surrogatepass"))
        digest = hashlib.sha256(framed(*parts)).digest()
        return await replays.spend(self._database, digest, expires_at=expires_at)
