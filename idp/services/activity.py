"""A person's own history: noted with what it tells of, read by the person alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.activity import KEPT_DAYS, Event, Happened, first_kept_day, slot
from idp.domain.blind_index import activity_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.storage import activity, people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.services.notices import Notices
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_TABLE = "activity"
_ORDER = {happened: place for place, happened in enumerate(Happened)}


class Activity:
    """Notes, lists and clears events."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        database: Database,
        vault: Vault,
        notices: Notices,
        *,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
        kept_days: int = KEPT_DAYS,
    ) -> None:
        self._database = database
        self._vault = vault
        self._notices = notices
        self._link = link
        self._clock = clock
        self._entropy = entropy
        self.kept_days = kept_days

    async def note(
        self,
        connection: Connection,
        person_id: bytes,
        happened: Happened,
        *,
        sector: str = "",
        **detail: str,
    ) -> None:
        """Store an event, in the transaction that does what it tells of.

        ``detail`` is for the person's own eyes: a passkey's name, a client's id. ``sector`` is that
        of the platform concerned, or empty. Nothing is stored where nothing is to be kept.
        What a person is told by mail goes to the outbox, in the same transaction.
        """
        await self._notices.tell(connection, person_id, happened)  # here, so that none is forgotten
        event = self.new(person_id, happened, sector=sector, **detail)
        if event is not None:
            await activity.add(connection, event)

    def new(
        self, person_id: bytes, happened: Happened, *, sector: str = "", **detail: str
    ) -> activity.NewEvent | None:
        """Return an event to be stored together with what it tells of; see ``note``.

        None where no history is kept.
        """
        if not self.kept_days:
            return None
        now, row_id = self._clock.now(), self._entropy.bytes(16)
        day = now // SECONDS_PER_DAY
        facts = {"happened": happened.value, "at": now, "sector": sector, "detail": detail}
        return activity.NewEvent(
            id=row_id,
            tag=self._link.tag(activity_tag, sector, person_id),
            facts_sealed=self._vault.seal_facts(_TABLE, row_id, facts),
            day=day,
            slot=slot(day, self.kept_days),
        )

    async def events(self, person_id: bytes, sectors: Sequence[str]) -> list[Event]:
        """Return a person's events in ``sectors`` and in none, newest first."""
        rows = await activity.of_tags(self._database, self._tags(person_id, sectors))
        first_day = first_kept_day(self._clock.now() // SECONDS_PER_DAY, self.kept_days)
        kept = (self._read(row) for row in rows if row["day"] >= first_day)
        # Within one second, in the order of a life: enrolled, then signed in, then elsewhere.
        return sorted(kept, key=lambda event: (event.at, _ORDER[event.happened]), reverse=True)

    async def clear(self, connection: Connection, person_id: bytes, sectors: Sequence[str]) -> None:
        """Delete a person's events in ``sectors`` and in none."""
        await activity.remove(connection, self._tags(person_id, sectors))

    async def forget(self, person_id: bytes, sectors: Sequence[str]) -> None:
        """Clear a person's history at their wish, and note that alone."""
        async with self._database.transaction() as transaction:
            if not await people.hold(transaction, person_id):
                return  # closed meanwhile, and all is cleared
            await self.clear(transaction, person_id, sectors)
            await self.note(transaction, person_id, Happened.ACTIVITY_CLEARED)

    def _tags(self, person_id: bytes, sectors: Sequence[str]) -> list[bytes]:
        return [
            tag
            for sector in ("", *sectors)
            for tag in self._link.tags(activity_tag, sector, person_id)
        ]

    def _read(self, row: Row) -> Event:
        facts = self._vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
        return Event(Happened(facts["happened"]), facts["at"], facts["sector"], facts["detail"])
