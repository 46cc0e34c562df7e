"""Pseudonyms: found by who holds the link key, drawn at the first Allow in a sector."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idp.domain import network_id
from idp.domain.blind_index import holder_tag, network_id_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.pseudonym import RENEWAL_DAYS, Pseudonym
from idp.domain.refusal import Cause, Refusal
from idp.storage import pseudonyms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_DRAWS = 8


class Pseudonyms:
    """Finds and draws network IDs. The one place where a person and a sector meet in clear."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        link_key: bytes,
        clock: Clock,
        entropy: Entropy,
        renewal_days: int = RENEWAL_DAYS,
    ) -> None:
        self._database = database
        self._vault = vault
        self._link_key = link_key
        self._clock = clock
        self._entropy = entropy
        self.renewal_days = renewal_days

    def tag(self, sector: str, person_id: bytes) -> bytes:
        """Return the holder tag of a person in a sector."""
        return holder_tag(self._link_key, sector, person_id)

    async def find(self, sector: str, person_id: bytes) -> Pseudonym | None:
        """Return the person's pseudonym in a sector, or None before the first Allow."""
        row = await pseudonyms.find(self._database, self.tag(sector, person_id))
        return None if row is None else self.read(row)

    async def everywhere(self, person_id: bytes, sectors: Sequence[str]) -> list[Pseudonym]:
        """Return the person's pseudonyms in all of ``sectors``."""
        tags = [self.tag(sector, person_id) for sector in sectors]
        return [self.read(row) for row in await pseudonyms.of_holders(self._database, tags)]

    async def by_network_id(self, connection: Connection, wire: str) -> Pseudonym | None:
        """Return whose network ID this is: de-anonymisation, for two operators only (DESIGN §4).

        ``wire`` is the canonical form of 25 characters.
        """
        row = await pseudonyms.by_network_id(connection, network_id_tag(self._link_key, wire))
        return None if row is None else self.read(row)

    async def find_or_draw(
        self, connection: Connection, sector: str, person_id: bytes
    ) -> Pseudonym:
        """Return the pseudonym, drawing one at the first Allow in a sector (DESIGN §4).

        A racing request may have drawn it meanwhile: the insert then does nothing and theirs holds.
        """
        tag = self.tag(sector, person_id)
        for _ in range(_DRAWS):
            row = await pseudonyms.hold(connection, tag)
            if row is not None:
                return self.read(row)
            drawn = Pseudonym(network_id.draw(self._entropy), person_id, sector, self._today())
            row_id = self._entropy.bytes(16)
            if await pseudonyms.add(
                connection,
                holder_tag=tag,
                network_id_tag=network_id_tag(self._link_key, drawn.network_id),
                row_id=row_id,
                facts_sealed=self._vault.seal_pseudonym(row_id, drawn),
            ):
                return drawn
        raise Refusal(Cause.UNAVAILABLE)

    async def renew(self, connection: Connection, sector: str, person_id: bytes) -> Pseudonym:
        """Give the person another network ID in a sector; the old one is never anybody's again.

        Raises Refusal ``NOT_FOUND`` without one there, and ``RENEWED_TOO_RECENTLY`` before
        ``renewable_day``. The replacement holds only for the very pseudonym whose day was read, so
        of two at once one is refused.
        """
        tag = self.tag(sector, person_id)
        row = await pseudonyms.find(connection, tag)
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        old = self.read(row)
        if self._today() < self.renewable_day(old):
            raise Refusal(Cause.RENEWED_TOO_RECENTLY)
        new = replace(old, network_id=network_id.draw(self._entropy), renewed_day=self._today())
        if not await pseudonyms.replace(
            connection,
            tag,
            old_network_id_tag=network_id_tag(self._link_key, old.network_id),
            new_network_id_tag=network_id_tag(self._link_key, new.network_id),
            facts_sealed=self._vault.seal_pseudonym(row["row_id"], new),
        ):
            raise Refusal(Cause.RENEWED_TOO_RECENTLY)
        return new

    def renewable_day(self, pseudonym: Pseudonym) -> int:
        """Return the first day on which the person may renew it, in days since the epoch."""
        return pseudonym.renewable_day(self.renewal_days)

    def read(self, row: Row) -> Pseudonym:
        """Return the pseudonym in a row of its table."""
        return self._vault.open_pseudonym(row["row_id"], row["facts_sealed"])

    def _today(self) -> int:
        return self._clock.now() // SECONDS_PER_DAY
