"""The audit log: every act is appended in the transaction that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import merkle
from idp.domain.audit import (
    COUNTED,
    SALT_BYTES,
    Act,
    Entry,
    Month,
    Via,
    month_begins,
    month_of,
    months_between,
    next_month,
)
from idp.services.audit_tree import LARGEST, Tree
from idp.storage import audit

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.services.audit_tree import AuditTree
    from idp.storage.database import Connection, Database, Row

PAGE_ENTRIES = 50


class EntryUnreadable(ValueError):
    """What stands at ``index`` was never appended by us: somebody changed the database."""

    def __init__(self, index: int) -> None:
        super().__init__(f"entry {index} is none")
        self.index = index


class Audit:
    """Appends entries, shows them to auditors, and counts them for everybody."""

    def __init__(
        self, database: Database, tree: AuditTree, *, clock: Clock, entropy: Entropy
    ) -> None:
        self._database = database
        self._tree = tree
        self._clock = clock
        self._entropy = entropy

    async def record(
        self,
        connection: Connection,
        act: Act,
        *,
        operator_id: bytes | None = None,
        case_id: str | None = None,
        subject: str | None = None,
        via: Via | None = None,
    ) -> None:
        """Append an entry within the transaction ``connection`` that does what it tells of.

        Last of all in it: all appends wait for one row until the transaction ends, and a lock that
        is taken after it could be held by one of those that wait. The fields are those of
        ``Entry``; whoever calls answers for ``subject`` naming no person. Raises ValueError for a
        case and a subject in one entry: a case that named a client would say where its person is
        known.
        """
        if case_id is not None and subject is not None:
            raise ValueError("an entry of a case names nothing else")
        async with connection.transaction() as transaction:
            tree = Tree.read(await audit.locked_tree(transaction))
            entry = Entry(
                position=tree.size,
                at=max(self._clock.now(), tree.at),  # whichever node's clock is behind
                act=act,
                operator_id=operator_id,
                case_id=case_id,
                subject=subject,
                via=via,
                salt=self._entropy.bytes(SALT_BYTES),
            )
            await self._append(transaction, tree, entry)

    async def page(self, before: int | None = None) -> list[Entry]:
        """Return at most ``PAGE_ENTRIES`` entries, newest first, that stand before ``before``."""
        position = LARGEST if before is None else min(before, LARGEST)
        rows = await audit.before(self._database, position, most=PAGE_ENTRIES)
        return [read(row) for row in rows]

    async def suspended_at(self, case_id: str) -> int | None:
        """Return the index of the entry by which a case's suspension came, or None."""
        if not case_id:
            return None
        return await audit.newest_of_case(self._database, case_id, Act.SUSPENDED)

    async def size(self) -> int:
        """Return how many entries there are."""
        return Tree.read(await audit.tree(self._database)).size

    async def since(self, position: int, *, most: int) -> list[Entry]:
        """Return at most ``most`` entries from ``position`` on, oldest first."""
        return [read(row) for row in await audit.since(self._database, position, most=most)]

    async def count_months(self, connection: Connection) -> None:
        """Append a count of each month that is over and has none, within the open transaction.

        A count is final: no entry can be older than the one that counts.
        """
        tree = Tree.read(await audit.locked_tree(connection))
        begin = await self._first_uncounted(connection)
        now = max(self._clock.now(), tree.at)
        for name in months_between(begin or month_of(now), month_of(now)):
            since, until = month_begins(name), month_begins(next_month(name))
            counts = {
                act.value: await audit.times(connection, act, since=since, until=until)
                for act in COUNTED
            }
            month = Month(name, counts)
            await self.record(
                connection, Act.MONTH_COUNTED, subject=month.subject, via=Via.SCHEDULE
            )

    async def _first_uncounted(self, connection: Connection) -> str | None:
        counted = await audit.newest_of(connection, Act.MONTH_COUNTED, before=LARGEST, most=1)
        if counted:
            return next_month(Month.read(counted[0]["subject"]).name)
        first = await audit.since(connection, 0, most=1)
        return month_of(first[0]["at"]) if first else None

    async def _append(self, connection: Connection, tree: Tree, entry: Entry) -> None:
        leaf = merkle.leaf_hash(entry.leaf)
        peaks, nodes = merkle.append(tree.size, tree.peaks, leaf)
        await audit.append(
            connection,
            nodes,
            position=entry.position,
            at=entry.at,
            act=entry.act.value,
            operator_id=entry.operator_id,
            case_id=entry.case_id,
            subject=entry.subject,
            via=None if entry.via is None else entry.via.value,
            salt=entry.salt,
        )
        new = Tree(tree.size + 1, entry.at, tuple(peaks), None)
        await self._tree.go_on(connection, tree, new)


def read(row: Row) -> Entry:
    """Return the entry in a row of ``audit``; raises EntryUnreadable for what no entry can be."""
    try:
        return _read(row)
    except (ValueError, TypeError) as error:
        raise EntryUnreadable(row["position"]) from error


def _read(row: Row) -> Entry:
    return Entry(
        position=row["position"],
        at=row["at"],
        act=Act(row["act"]),
        operator_id=row["operator_id"],
        case_id=row["case_id"],
        subject=row["subject"],
        via=None if row["via"] is None else Via(row["via"]),
        salt=bytes(row["salt"]),
    )
