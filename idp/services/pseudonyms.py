"""Pseudonyms: found by who holds the link key, drawn at the first Allow in a sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain import network_id
from idp.domain.blind_index import holder_tag, network_id_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.link_keys import version_of
from idp.domain.pseudonym import RENEWAL_DAYS, Pseudonym
from idp.domain.refusal import Cause, Refusal
from idp.domain.secret_key import SecretDomain
from idp.storage import pseudonyms, secret_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_DRAWS = 8


class Held(Struct, frozen=True):
    """A pseudonym that stays as it is until the transaction ends.

    ``version`` is that of the link secret under which all in its sector is tagged.
    """

    pseudonym: Pseudonym
    version: int


class Pseudonyms:
    """Finds and draws network IDs. The one place where a person and a sector meet in clear."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
        renewal_days: int = RENEWAL_DAYS,
    ) -> None:
        self._database = database
        self._vault = vault
        self._link = link
        self._clock = clock
        self._entropy = entropy
        self.renewal_days = renewal_days

    def tags(self, sector: str, person_id: bytes) -> tuple[bytes, ...]:
        """Return the holder tags of a person in a sector, that of the active version first."""
        return self._link.tags(holder_tag, sector, person_id)

    @property
    def other_version(self) -> int | None:
        """The live version of the link secret beside the active one, while it rotates."""
        return next(iter(self._link.live[1:]), None)

    def tag(self, sector: str, person_id: bytes) -> bytes:
        """Return the first of ``tags``."""
        return self._link.tag(holder_tag, sector, person_id)

    def tag_under(self, version: int, sector: str, person_id: bytes) -> bytes:
        """Return the one of ``tags`` under a version of the link secret."""
        return self._link.under(version, holder_tag, sector, person_id)

    def tags_in(self, sectors: Iterable[str], person_id: bytes) -> list[bytes]:
        """Return the holder tags of a person in all of ``sectors``."""
        return [tag for sector in sectors for tag in self.tags(sector, person_id)]

    async def find(self, sector: str, person_id: bytes) -> Pseudonym | None:
        """Return the person's pseudonym in a sector, or None before the first Allow."""
        row = await pseudonyms.find(self._database, *self.tags(sector, person_id))
        return None if row is None else self.read(row)

    async def everywhere(self, person_id: bytes, sectors: Sequence[str]) -> list[Pseudonym]:
        """Return the person's pseudonyms in all of ``sectors``."""
        tags = self.tags_in(sectors, person_id)
        return [self.read(row) for row in await pseudonyms.of_holders(self._database, tags)]

    async def by_network_id(self, connection: Connection, wire: str) -> Pseudonym | None:
        """Return whose network ID this is: de-anonymisation, for two operators only (DESIGN §4).

        ``wire`` is the canonical form of 25 characters.
        """
        tags = self._link.tags(network_id_tag, wire)
        row = await pseudonyms.by_network_id(connection, *tags)
        return None if row is None else self.read(row)

    async def find_or_draw(self, connection: Connection, sector: str, person_id: bytes) -> Held:
        """Return the pseudonym, drawing one at the first Allow in a sector (DESIGN §4).

        A racing request may have drawn it meanwhile: the insert then does nothing and theirs holds.
        It may do so on a server that has another version active. So the first of a sector is drawn
        under the version that the table says, which stays so until this transaction ends, having
        looked under the others since. Nobody moves it before that, as ``hold`` says.
        """
        tags = self.tags(sector, person_id)
        held = await self._held(connection, tags)
        if held is not None:
            return held
        active = await secret_versions.hold_active(connection, SecretDomain.LINK)
        if active is not None and not self._link.knows(active):
            raise Refusal(Cause.UNAVAILABLE)  # in a few seconds this server knows it too
        version = active or self._link.active
        for _ in range(_DRAWS):
            drawn = Pseudonym(network_id.draw(self._entropy), person_id, sector, self._today())
            row_id, others = self._entropy.bytes(16), len(tags) > 1
            held = await self._held(connection, tags) if others else None
            if held is not None:
                return held
            if await pseudonyms.add(
                connection,
                holder_tag=self.tag_under(version, sector, person_id),
                network_id_tag=self._link.under(version, network_id_tag, drawn.network_id),
                row_id=row_id,
                facts_sealed=self._vault.seal_pseudonym(row_id, drawn),
            ):
                return Held(drawn, version)
            held = await self._held(connection, tags)
            if held is not None:
                return held
        raise Refusal(Cause.UNAVAILABLE)

    async def _held(self, connection: Connection, tags: Sequence[bytes]) -> Held | None:
        row = await pseudonyms.hold(connection, *tags)
        return None if row is None else Held(self.read(row), version_of(row["holder_tag"]))

    async def renew(self, connection: Connection, sector: str, person_id: bytes) -> Pseudonym:
        """Give the person another network ID in a sector; the old one is never anybody's again.

        Raises Refusal ``NOT_FOUND`` without one there, and ``RENEWED_TOO_RECENTLY`` before
        ``renewable_day``. The replacement holds only for the very pseudonym whose day was read, so
        of two at once one is refused.
        """
        row = await pseudonyms.find(connection, *self.tags(sector, person_id))
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        old, version = self.read(row), version_of(row["holder_tag"])
        if self._today() < self.renewable_day(old):
            raise Refusal(Cause.RENEWED_TOO_RECENTLY)
        new = replace(old, network_id=network_id.draw(self._entropy), renewed_day=self._today())
        if not await pseudonyms.replace(
            connection,
            row["holder_tag"],
            old_network_id_tag=row["network_id_tag"],
            new_network_id_tag=self._link.under(version, network_id_tag, new.network_id),
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
