"""Recomputes the whole audit log and says what is wrong with it, and where."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain import merkle
from idp.domain.audit import Act, Month, month_of
from idp.protocol import tree_head
from idp.protocol.tree_head import HeadRefused, TreeHead
from idp.services.audit import read
from idp.services.audit_tree import LARGEST, Tree
from idp.storage import audit, tree_heads

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from idp.domain.audit import Entry
    from idp.services.audit_tree import AuditTree
    from idp.storage.database import Connection, Database, Row

    Places = dict[tuple[int, int], bytes]

_BATCH = 1024
_FIRST = -(2**31)  # where no entry can be
_LONGEST_GAP = 1_000_000  # a longer one is taken for the end: an index may be anything by now
_MOST_TOLD = 100  # of a log that is all wrong the first hundred places say enough


class Problem(Struct, frozen=True):
    """What is wrong: a stable code, the index of the entry where there is one, and for people."""

    code: str
    index: int | None
    text: str


class Report(Struct):
    """What was checked, in numbers, and what was found."""

    entries: int = 0
    heads: int = 0
    months: int = 0
    problems: list[Problem] = field(default_factory=list)

    def tell(self, code: str, index: int | None, text: str) -> None:
        """Add a problem, unless there are many already."""
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(Problem(code, index, text))


class AuditCheck:
    """Checks the log against its own tree, its published heads, and heads kept elsewhere."""

    def __init__(self, database: Database, tree: AuditTree) -> None:
        self._database = database
        self._tree = tree

    async def check(
        self, against: Mapping[str, str] | None = None, keys: Collection[bytes] = ()
    ) -> Report:
        """Return what was found; the log is whole when there is no problem.

        ``against`` has notes of heads that were kept elsewhere, by what to call them; ``keys`` are
        public keys, beside our own, that may have signed them. Nobody waits for it: what is
        appended meanwhile is left for the next time.
        """
        report, connection = Report(), self._database
        heads = await self._published(connection, report)  # before the tree, which has theirs then
        tree = Tree.read(await audit.tree(connection))
        kept = self._kept(against or {}, keys, report)
        walk = _Walk(report, heads, {head.size for head in kept.values()})
        await walk.run(connection, tree.size)
        await self._state(connection, tree, walk)
        _compare(kept, walk)
        await _proofs(connection, heads, report)
        return report

    async def _published(self, connection: Connection, report: Report) -> list[TreeHead]:
        """Return the published heads that are ours, the oldest first."""
        found, before = list[TreeHead](), LARGEST
        while rows := await tree_heads.before(connection, before, most=_BATCH):
            before = rows[-1]["size"]
            for row in rows:
                try:
                    head = tree_head.read(row["head"], self._tree.public_keys)
                except HeadRefused as error:
                    report.tell("head_changed", None, f"the head of size {row['size']}: {error}")
                    continue
                if (head.size, head.at) != (row["size"], row["at"]):
                    report.tell("head_changed", None, f"the head of size {row['size']} is another")
                found.append(head)
        report.heads = len(found)
        return found[::-1]

    def _kept(
        self, against: Mapping[str, str], keys: Collection[bytes], report: Report
    ) -> dict[str, TreeHead]:
        found = {}
        for name, note in against.items():
            try:
                found[name] = tree_head.read(note, {*self._tree.public_keys, *keys})
            except HeadRefused as error:
                report.tell("kept_head_refused", None, f"{name}: {error}")
        return found

    async def _state(self, connection: Connection, tree: Tree, walk: _Walk) -> None:
        report, size = walk.report, walk.size
        if size < tree.size:
            gone = f"{size} to {tree.size - 1}" if tree.size - size > 1 else f"{size}"
            report.tell("entry_missing", size, f"entry {gone} is gone from the end")
        elif tree.root != merkle.root(walk.peaks) or tree.at < walk.newest:
            report.tell("tree_changed", None, "the state of the tree does not fit its entries")
        beyond = await audit.since(connection, tree.size, most=1)
        if beyond and beyond[0]["position"] >= (await audit.tree(connection))["size"]:
            index = beyond[0]["position"]
            report.tell("entry_inserted", index, f"entry {index} was never appended")
        if not await self._tree.is_ours(connection, tree):
            report.tell("tree_not_ours", None, "the state of the tree is not what we signed")


class _Walk:
    """Reads all entries in their order, once, and grows the tree anew."""

    def __init__(self, report: Report, heads: list[TreeHead], sizes: Collection[int]) -> None:
        self.report = report
        self.size = 0
        self.newest = 0
        self.peaks: list[bytes] = []
        self.roots: dict[int, bytes] = {}
        self._heads = {head.size: head for head in heads}
        self._sizes = {*sizes, *self._heads}
        self._not_before = 0  # when the newest head so far was made
        self._counts: Counter[tuple[str, str]] = Counter()
        self._counted = ""

    async def run(self, connection: Connection, end: int) -> None:
        """Read the entries before index ``end``."""
        first = _FIRST
        while first < end:
            rows = await audit.since(connection, first, most=_BATCH)
            rows = [row for row in rows if row["position"] < end]
            if not rows or rows[-1]["position"] - self.size > _BATCH + _LONGEST_GAP:
                break
            first = rows[-1]["position"] + 1
            stored = await _stored(connection, self.size, first)
            for row in rows:
                self._entry(row, stored)
        for size in sorted(size for size in self._heads if size > self.size):
            text = f"a head was published for {size} entries, there are {self.size}"
            self.report.tell("head_differs", None, text)

    def _entry(self, row: Row, stored: Places) -> None:
        position = row["position"]
        if position < self.size:
            self.report.tell("entry_inserted", position, f"entry {position} was never appended")
            return
        if position > self.size:
            gone = f"{self.size} to {position - 1}" if position - self.size > 1 else f"{self.size}"
            self.report.tell("entry_missing", self.size, f"entry {gone} is gone")
        while self.size < position:  # what is known of it, so that the rest can be checked
            self._grow(stored.get((0, self.size), merkle.EMPTY_ROOT), stored)
        self.report.entries += 1
        try:
            entry = read(row)
            leaf, month = merkle.leaf_hash(entry.leaf), month_of(entry.at)
        except (ValueError, TypeError, AttributeError, OverflowError, OSError):  # SQLite's types
            self.report.tell("entry_changed", position, f"entry {position} is none")
            self._grow(stored.get((0, position), merkle.EMPTY_ROOT), stored)
            return
        self._times(entry)
        self._count(entry, month)
        self._grow(leaf, stored)

    def _grow(self, leaf: bytes, stored: Places) -> None:
        index = self.size
        self.peaks, nodes = merkle.append(index, self.peaks, leaf)
        self.size += 1
        for level, number, found in nodes:
            if stored.get((level, number)) != found:
                code = "node_changed" if level else "entry_changed"
                what = f"node {number} of level {level}" if level else f"entry {index}"
                self.report.tell(code, index, f"{what} is not what was appended")
                break  # those above it are wrong with it
        if self.size in self._sizes:
            self.roots[self.size] = merkle.root(self.peaks)
        if self.size in self._heads:
            self._head(self._heads[self.size])

    def _head(self, head: TreeHead) -> None:
        if head.root != self.roots[head.size]:
            text = f"the first {head.size} entries are not those that a head was published for"
            self.report.tell("head_differs", head.size - 1, text)
        if head.at < self.newest:
            text = f"an entry before index {head.size} is younger than the head that covers it"
            self.report.tell("time_ahead", head.size - 1, text)
        self._not_before = head.at

    def _times(self, entry: Entry) -> None:
        if entry.at < max(self.newest, self._not_before):
            text = f"entry {entry.position} is dated before what came before it"
            self.report.tell("time_back", entry.position, text)
        self.newest = max(self.newest, entry.at)

    def _count(self, entry: Entry, month: str) -> None:
        self._counts[month, entry.act.value] += 1
        if entry.act is not Act.MONTH_COUNTED:
            return
        self.report.months += 1
        try:
            told = Month.read(entry.subject)
        except ValueError:
            told = Month("", {})
        right = {act: self._counts[told.name, act] for act in told.counts}
        if told.counts != right or not self._counted < told.name < month:
            text = f"entry {entry.position} does not count the month {told.name} right"
            self.report.tell("count_wrong", entry.position, text)
        self._counted = told.name


async def _stored(connection: Connection, first: int, end: int) -> Places:
    """Return the stored nodes that came to be by the leaves ``first`` to ``end`` (left out)."""
    found: Places = {}
    for level in range(max(end, 1).bit_length()):
        lowest = ((first + (1 << level)) >> level) - 1
        most = (end >> level) - lowest
        if most > 0:
            hashes = await audit.nodes(connection, level, lowest, most=most)
            found |= {(level, number): one for number, one in hashes.items()}
    return found


def _compare(kept: Mapping[str, TreeHead], walk: _Walk) -> None:
    for name, head in kept.items():
        if head.size > walk.size:
            text = f"{name} is of {head.size} entries, there are {walk.size}: the end was cut off"
            walk.report.tell("log_shorter", walk.size, text)
        elif head.root != walk.roots.get(head.size, merkle.EMPTY_ROOT):
            text = f"the first {head.size} entries are not those of {name}: history was rewritten"
            walk.report.tell("history_rewritten", None, text)


async def _proofs(connection: Connection, heads: list[TreeHead], report: Report) -> None:
    """Check what is answered in public: each head is proved to go on from the one before."""

    async def node(level: int, number: int) -> bytes:
        return await audit.node(connection, level, number) or b""

    for old, new in pairwise(heads):
        path = await merkle.proof(merkle.consistency_ranges(old.size, new.size), node)
        if not merkle.is_consistent(old.size, new.size, path, old.root, new.root):
            text = f"the head of size {new.size} does not go on from the one of {old.size}"
            report.tell("heads_inconsistent", None, text)
