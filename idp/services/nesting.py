"""Moving the tags of all identities to the active version of the dedup secret, without a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.services.resealing import Left
from idp.storage import dedup_tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.dedup_keys import DedupKeys
    from idp.storage.database import Database

PAGE_ROWS = 500


class Nesting:
    """Counts identities under other versions, and nests their tags, each by one statement.

    The rows tell what is done. Killed at any moment, it goes on with the rest.
    """

    def __init__(self, enrolment_store: Database, dedup: DedupKeys) -> None:
        self._store = enrolment_store
        self._dedup = dedup

    async def left(self) -> Left:
        """Return how many identities have their tags under another version."""
        return Left(await dedup_tags.count(self._store, self._dedup.active))

    async def run(self, told: Callable[[int], None]) -> int:
        """Nest all, telling of each; return how many could not be, for want of a key."""
        after, active, strange = b"", self._dedup.active, 0
        while rows := await dedup_tags.some(self._store, active, after=after, page=PAGE_ROWS):
            for row in rows:
                tag, version = row["dedup_tag"], row["key_version"]
                if version > active or not self._dedup.knows(version):
                    strange += 1
                    continue
                new = self._dedup.lift(tag, version, active)
                await dedup_tags.nest(self._store, tag, version, new_tag=new, new_version=active)
                told(1)
            after = rows[-1]["dedup_tag"]
        return strange
