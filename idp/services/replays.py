"""Things that may be used once: recorded by one guarded insert, durable until they expire (P8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.blind_index import spent_tag
from idp.services.epoch import Epoch
from idp.storage import replays

if TYPE_CHECKING:
    from idp.domain.link_keys import LinkKeys
    from idp.storage.database import Connection, Database

# A row that named the minute would tell which sign-in, and so which person, a client's assertion
# went with. Keeping what was spent for longer harms nobody.
_STEP_SECONDS = 60 * 60


class Replays:
    """Spends values: client assertions, passkey challenges.

    They are kept as keyed tags: a platform's ``jti`` may be a mere counter, and whoever guessed it
    would learn when that platform has been visited (promise P3).

    What was made before the database was last restored counts as spent: whether it was, is not
    known any more (``idp.services.epoch``).
    """

    def __init__(self, database: Database, *, link: LinkKeys, epoch: Epoch | None = None) -> None:
        self._database = database
        self._link = link
        self._epoch = epoch or Epoch()

    async def spend(
        self,
        kind: str,
        owner: str,
        value: str,
        *,
        expires_at: int,
        made_at: int,
        within: Connection | None = None,
    ) -> bool:
        """Use ``value`` up; True for the first caller only, on whichever node.

        ``kind`` and ``owner`` keep one client's values apart from another's and from other kinds.
        It was not made before ``made_at`` (epoch seconds). ``within`` is the transaction that does
        what it is spent for, if there is one.
        """
        if self._epoch.forgot(made_at):
            return False
        tags = self._link.tags(spent_tag, kind, owner, value)
        until = -(-expires_at // _STEP_SECONDS) * _STEP_SECONDS
        return await replays.spend(within or self._database, *tags, expires_at=until)

    async def is_spent(self, kind: str, owner: str, value: str, *, made_at: int) -> bool:
        """Tell whether ``value`` was used up and has not expired since."""
        if self._epoch.forgot(made_at):
            return True
        tags = self._link.tags(spent_tag, kind, owner, value)
        return await replays.is_spent(self._database, *tags)
