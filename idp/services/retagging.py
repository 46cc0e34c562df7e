"""Moving all that is tagged to the active version of the link secret, while people sign in.

The rules:

1. All that a person has in one sector moves in one transaction: the pseudonym, the consents and the
   grants. It holds the person's row, as closing an account does, which every sign-in of theirs
   waits for; so nobody ever finds a half of it.
2. Pseudonyms go in the order of their old tags, each in a transaction of its own. Nobody who has
   no key can compute those, and so the order says nothing of what belongs together: no two rows of
   one person are written one after the other but by chance (promise P3). The history of a sector
   goes with its pseudonym; that which concerns no platform goes by people, shuffled.
3. What is done is told by the tags themselves. Killed at any moment, it goes on with the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.blind_index import (
    activity_tag,
    consent_tag,
    enrolled_tag,
    holder_tag,
    items_tag,
    network_id_tag,
)
from idp.domain.consent import text_of
from idp.domain.link_keys import suffix, version_of
from idp.domain.sealing import SealBroken
from idp.services.resealing import Left
from idp.storage import consents, enrolments, link_tags, people, vouchers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from idp.domain.clock import Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.domain.pseudonym import Pseudonym
    from idp.services.clients import Clients
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

PAGE_ROWS = 500
NO_PLATFORM = ""


class _Unit(Struct, frozen=True):
    """What a person has in one sector: the pseudonym, its tags of before and of now.

    ``clients`` are those of the sector, by their consent tags of before.
    """

    held: Pseudonym
    old: bytes
    new: bytes
    clients: Mapping[bytes, str]


class Retagging:
    """Counts what is tagged under another version of the link secret, and moves it."""

    def __init__(
        self,
        database: Database,
        enrolment_store: Database,
        *,
        vault: Vault,
        link: LinkKeys,
        clients: Clients,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._enrolment_store = enrolment_store
        self._vault = vault
        self._link = link
        self._clients = clients
        self._entropy = entropy

    async def left(self) -> Left:
        """Return how many tags are of another version than the active one.

        Links for operators and codes of registrars end by themselves. Recovery codes are on paper,
        and keep their version: their 80 random bits cannot be searched, with or without its key.
        """
        end = suffix(self._link.active)
        movable, dying = await link_tags.count(self._database, end)
        # Of what is being retired alone: one that nothing is under must not be kept for older ones.
        retired = [suffix(version) for version in self._link.live[1:]]
        kept = sum([await link_tags.count_kept(self._database, one) for one in retired])
        movable += await enrolments.count_others(self._enrolment_store, end)
        dying += await vouchers.count_others(self._enrolment_store, end)
        return Left(movable, dying, kept)

    async def run(self, told: Callable[[int], None]) -> int:
        """Move all, telling of every few rows how many; return how many could not be read."""
        broken = await self._pseudonyms(told)
        for version in self._link.live[1:]:
            await self._history(version, NO_PLATFORM, told)
        broken += await self._enrolments(told)
        if (await self.left()).movable:
            await self._strays(told)
        return broken

    async def _strays(self, told: Callable[[int], None]) -> None:
        """Move what a slower server noted in a sector, and consents of clients that left theirs."""
        client_ids, sectors = await self._clients.ids(), await self._clients.sectors()
        for version in self._link.live[1:]:
            for sector in sectors:
                await self._history(version, sector, told)
            async for ids in self._people():
                for person_id in ids:
                    async with self._database.transaction() as transaction:
                        await people.locked(transaction, person_id)
                        clients = self._consent_tags(version, client_ids, person_id)
                        told(await self._consents(transaction, person_id, list(clients)))

    async def _people(self) -> AsyncIterator[list[bytes]]:
        after = b""
        while ids := await link_tags.some_people(self._database, after=after, page=PAGE_ROWS):
            yield ids
            after = ids[-1]

    async def _pseudonyms(self, told: Callable[[int], None]) -> int:
        client_ids: dict[str, list[str]] = {}
        for client_id, sector in await self._clients.sectors_of_ids():
            client_ids.setdefault(sector, []).append(client_id)
        after, broken, end = b"", 0, suffix(self._link.active)
        while rows := await link_tags.some_pseudonyms(
            self._database, end, after=after, page=PAGE_ROWS
        ):
            for row in rows:
                try:
                    told(await self._unit(row, client_ids))
                except SealBroken:
                    broken += 1
            after = rows[-1]["holder_tag"]
        return broken

    async def _unit(self, row: Row, client_ids: Mapping[str, Sequence[str]]) -> int:
        """Move a pseudonym and all that hangs on it; return how many rows."""
        person_id = self._vault.open_pseudonym(row["row_id"], row["facts_sealed"]).person_id
        async with self._database.transaction() as transaction:
            await people.locked(transaction, person_id)
            found = await link_tags.lock_pseudonym(transaction, row["holder_tag"])
            if found is None or not self._link.knows(version_of(found["holder_tag"])):
                return 0
            held = self._vault.open_pseudonym(found["row_id"], found["facts_sealed"])
            own = client_ids.get(held.sector, ())
            clients = self._consent_tags(version_of(found["holder_tag"]), own, person_id)
            new = self._link.tag(holder_tag, held.sector, person_id)
            unit = _Unit(held=held, old=found["holder_tag"], new=new, clients=clients)
            moved = await self._consents(transaction, person_id, list(clients))
            moved += await self._grants(transaction, unit)
            await link_tags.move_pseudonym(
                transaction,
                unit.old,
                holder_tag=unit.new,
                network_id_tag=self._link.tag(network_id_tag, held.network_id),
            )
        return 1 + moved + await self._events(version_of(unit.old), held.sector, person_id)

    async def _consents(
        self, connection: Connection, person_id: bytes, tags: Sequence[bytes]
    ) -> int:
        rows = await consents.of_tags(connection, tags)
        for row in rows:
            consent = self._vault.open_consent(row["row_id"], row["facts_sealed"])
            new = self._link.tag(consent_tag, consent.client_id, person_id)
            await link_tags.move_consent(
                connection,
                row["tag"],
                tag=new,
                items_tag=self._link.tag(items_tag, new, text_of(consent.items)),
            )
        return len(rows)

    async def _grants(self, connection: Connection, unit: _Unit) -> int:
        rows = await link_tags.grants_of(connection, unit.old)
        clients = dict(unit.clients)
        if not {bytes(row["consent_tag"]) for row in rows} <= clients.keys():  # it left the sector
            every = await self._clients.ids(connection)
            clients |= self._consent_tags(version_of(unit.old), every, unit.held.person_id)
        for row in rows:
            client_id = clients[bytes(row["consent_tag"])]
            await link_tags.move_grant(
                connection,
                row["id"],
                unit.old,
                holder_tag=unit.new,
                consent_tag=self._link.tag(consent_tag, client_id, unit.held.person_id),
            )
        return len(rows)

    def _consent_tags(
        self, version: int, client_ids: Sequence[str], person_id: bytes
    ) -> dict[bytes, str]:
        return {self._link.under(version, consent_tag, one, person_id): one for one in client_ids}

    async def _events(self, version: int, sector: str, person_id: bytes) -> int:
        old = self._link.under(version, activity_tag, sector, person_id)
        new = self._link.tag(activity_tag, sector, person_id)
        return await link_tags.move_activity(self._database, old, new)

    async def _history(self, version: int, sector: str, told: Callable[[int], None]) -> None:
        """Move the events of everybody in one sector, or of no platform."""
        async for ids in self._people():
            tags = {self._link.under(version, activity_tag, sector, one): one for one in ids}
            found = await link_tags.tagged(self._database, list(tags))
            for tag in self._shuffled(found):
                told(await self._events(version, sector, tags[tag]))

    def _shuffled(self, tags: set[bytes]) -> list[bytes]:
        drawn = {tag: self._entropy.bytes(8) for tag in sorted(tags)}
        return sorted(tags, key=drawn.__getitem__)

    async def _enrolments(self, told: Callable[[int], None]) -> int:
        after, broken, end = b"", 0, suffix(self._link.active)
        while rows := await enrolments.some_others(
            self._enrolment_store, end, after=after, page=PAGE_ROWS
        ):
            for row in rows:
                try:
                    person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
                except SealBroken:
                    broken += 1
                    continue
                tag = self._link.tag(enrolled_tag, person_id)
                await enrolments.rename(self._enrolment_store, row, tag)
            told(len(rows))
            after = rows[-1]["dedup_tag"]
        return broken
