"""What everybody can see of the audit log: heads, proofs, and the counts of months that are over.

Nothing that is public tells the time of an act closer than a day, or which entry is which: of the
entries themselves only the counts of months are shown. See DECISIONS 69.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain import merkle
from idp.domain.audit import Act, Entry, Month, month_of
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.protocol import tree_head
from idp.services.audit import read
from idp.services.audit_tree import LARGEST, Tree
from idp.storage import audit, tree_heads

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.services.audit import Audit
    from idp.services.audit_tree import AuditTree
    from idp.storage.database import Connection, Database, Row

LISTED = 100
COUNTED_MONTHS = 12


class LogBroken(Exception):
    """The log's tree is not as we signed it last, so that no head of it is signed."""


class Published(Struct, frozen=True):
    """A head that was published: its note, and the same in parts; ``at`` in epoch seconds."""

    note: str
    size: int
    root: bytes
    at: int


class Counted(Struct, frozen=True):
    """A month that is over, and the entry that counts it."""

    month: Month
    entry: Entry


class TreeHeads:
    """Publishes heads, and answers with proofs about what is published."""

    def __init__(self, database: Database, tree: AuditTree, audit_log: Audit, clock: Clock) -> None:
        self._database = database
        self._tree = tree
        self._audit = audit_log
        self._clock = clock

    @property
    def origin(self) -> str:
        """What the log is called in its heads."""
        return self._tree.origin

    @property
    def verifier_keys(self) -> list[str]:
        """The public keys of heads, in the form that verifiers of notes take."""
        return self._tree.verifier_keys

    async def make(self) -> bool:
        """Count months that are over, then publish a head; True when there is a new one.

        At most one a day (UTC), and none because of what was done today: it would come within
        minutes, and after some quiet days tell everybody when that was. And one for each size:
        nodes that come at once find the first one's. Raises LogBroken.
        """
        if not await self._is_due(self._database):
            return False
        async with self._database.transaction() as transaction:
            await audit.locked_tree(transaction)
            if not await self._is_due(transaction):
                return False
            await self._audit.count_months(transaction)
            tree = Tree.read(await audit.locked_tree(transaction))
            if not await self._tree.is_ours(transaction, tree):
                raise LogBroken("the audit log is not as it was signed: run idp audit verify")
            at = max(self._clock.now(), tree.at)
            note = self._tree.sign(tree.size, tree.root, at)
            # Nothing that is appended later can be older than this head.
            await self._tree.go_on(transaction, tree, Tree(tree.size, at, tree.peaks, None))
            await tree_heads.add(transaction, size=tree.size, at=at, head=note)
        return True

    async def newest(self) -> Published | None:
        """Return the newest head, or None before the first."""
        found = await self.listed()
        return found[0] if found else None

    async def listed(self, before: int = LARGEST) -> list[Published]:
        """Return at most ``LISTED`` heads of sizes below ``before``, newest first."""
        rows = await tree_heads.before(self._database, min(before, LARGEST), most=LISTED)
        return [self._read(row) for row in rows]

    async def find(self, size: int) -> Published:
        """Return the head of a size; raises Refusal ``NOT_FOUND``."""
        row = await tree_heads.find(self._database, size) if 0 < size < LARGEST else None
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        return self._read(row)

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof between two published sizes; raises Refusal ``NOT_FOUND``."""
        if old > new:
            raise Refusal(Cause.NOT_FOUND)
        await self.find(old)
        await self.find(new)
        return await merkle.proof(merkle.consistency_ranges(old, new), self._node)

    async def inclusion(self, index: int, size: int) -> tuple[bytes, list[bytes]]:
        """Return the leaf hash at ``index`` and the proof that it stands in a published head.

        Raises Refusal ``NOT_FOUND``.
        """
        await self.find(size)
        if not 0 <= index < size:
            raise Refusal(Cause.NOT_FOUND)
        path = await merkle.proof(merkle.inclusion_ranges(index, size), self._node)
        return await self._node(0, index), path

    async def months(self, most: int = COUNTED_MONTHS) -> list[Counted]:
        """Return the counts of months that the newest head covers, newest first."""
        head = await self.newest()
        size = 0 if head is None else head.size
        rows = await audit.newest_of(self._database, Act.MONTH_COUNTED, before=size, most=most)
        return [Counted(Month.read(row["subject"]), read(row)) for row in rows]

    async def _is_due(self, connection: Connection) -> bool:
        newest = await tree_heads.before(connection, LARGEST, most=1)
        if not newest:  # a log begins with what commands and servers do, which concerns nobody
            return Tree.read(await audit.tree(connection)).size > 0
        now, head = self._clock.now(), newest[0]
        waiting = await audit.since(connection, head["size"], most=1)
        of_an_earlier_day = any(_day(row["at"]) < _day(now) for row in waiting)
        return of_an_earlier_day or month_of(now) > month_of(head["at"])

    async def _node(self, level: int, number: int) -> bytes:
        found = await audit.node(self._database, level, number)
        if found is None:
            raise LogBroken("a node of the tree is gone: run idp audit verify")
        return found

    def _read(self, row: Row) -> Published:
        head = tree_head.parse(row["head"])
        return Published(row["head"], head.size, head.root, head.at)


def _day(time: int) -> int:
    return time // SECONDS_PER_DAY
