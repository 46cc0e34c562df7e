"""The audit log: every act is appended in the transaction that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.domain.audit import Act, Entry, Via
from idp.storage import audit

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.storage.database import Connection, Database, Row

PAGE_ENTRIES = 50
COUNTED = (Act.UNMASKED, Act.SUSPENDED, Act.LIFTED, Act.APPEALED)
COUNTED_MONTHS = 12
_COUNT_SECONDS = 60  # how long public counts are kept: a stranger's reload reads no table
_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Month:
    """One month, ``2026-11``, and a number for each act of ``COUNTED`` in their order."""

    name: str
    numbers: tuple[int, ...]


class Audit:
    """Appends entries, shows them to auditors, and counts them for everybody."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counts: tuple[int, list[Month]] = (0, [])

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

        The fields are those of ``Entry``; whoever calls answers for ``subject`` naming no person.
        Raises ValueError for a case and a subject in one entry: a case that named a client would
        say where its person is known.
        """
        if case_id is not None and subject is not None:
            raise ValueError("an entry of a case names nothing else")
        await audit.append(
            connection,
            at=self._clock.now(),
            act=act.value,
            operator_id=operator_id,
            case_id=case_id,
            subject=subject,
            via=None if via is None else via.value,
        )

    async def page(self, before: int | None = None) -> list[Entry]:
        """Return at most ``PAGE_ENTRIES`` entries, newest first, that stand before ``before``."""
        position = _NEWEST if before is None else min(before, _NEWEST)
        rows = await audit.before(self._database, position, most=PAGE_ENTRIES)
        return [_read(row) for row in rows]

    async def counts(self) -> list[Month]:
        """Return how often each of ``COUNTED`` was done in the last months (UTC), newest first."""
        now = self._clock.now()
        counted_at, known = self._counts
        if known and 0 <= now - counted_at < _COUNT_SECONDS:
            return known
        months = _months(now)
        since = int(datetime.fromisoformat(f"{months[-1]}-01T00:00:00+00:00").timestamp())
        times = {act: await audit.times(self._database, act, since=since) for act in COUNTED}
        found = [
            Month(name, tuple(sum(_month(at) == name for at in times[act]) for act in COUNTED))
            for name in months
        ]
        self._counts = (now, found)
        return found


def _months(now: int) -> list[str]:
    newest = datetime.fromtimestamp(now, UTC)
    index = newest.year * 12 + newest.month - 1
    return [f"{i // 12}-{i % 12 + 1:02}" for i in range(index, index - COUNTED_MONTHS, -1)]


def _month(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def _read(row: Row) -> Entry:
    return Entry(
        position=row["position"],
        at=row["at"],
        act=Act(row["act"]),
        operator_id=row["operator_id"],
        case_id=row["case_id"],
        subject=row["subject"],
        via=None if row["via"] is None else Via(row["via"]),
    )
