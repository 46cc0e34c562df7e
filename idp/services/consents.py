"""Consents: what a person allowed a client, remembered under a tag of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.blind_index import consent_tag, holder_tag, items_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.consent import CONSENT_DAYS, Consent, joined, text_of
from idp.domain.link_keys import version_of
from idp.domain.refresh_token import Stay
from idp.storage import consents, grants, refresh_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row


class Consents:
    """Finds and remembers consents."""

    def __init__(
        self, database: Database, vault: Vault, *, link: LinkKeys, clock: Clock, entropy: Entropy
    ) -> None:
        self._database = database
        self._vault = vault
        self._link = link
        self._clock = clock
        self._entropy = entropy

    def tags(self, client_id: str, person_id: bytes) -> tuple[bytes, ...]:
        """Return the tags of what a person allowed a client, that of the active version first."""
        return self._link.tags(consent_tag, client_id, person_id)

    def tag(self, client_id: str, person_id: bytes) -> bytes:
        """Return the first of ``tags``."""
        return self._link.tag(consent_tag, client_id, person_id)

    def tag_under(self, version: int, client_id: str, person_id: bytes) -> bytes:
        """Return the one of ``tags`` under a version of the link secret."""
        return self._link.under(version, consent_tag, client_id, person_id)

    def items_tag(self, tag: bytes, items: frozenset[str]) -> bytes:
        """Return what says that the consent ``tag`` holds just ``items``."""
        return self._link.under(version_of(tag), items_tag, tag, text_of(items))

    def _tags_at(self, client_ids: Sequence[str], person_id: bytes) -> dict[bytes, str]:
        return {tag: one for one in client_ids for tag in self.tags(one, person_id)}

    async def find(
        self, connection: Connection, client_id: str, person_id: bytes
    ) -> Consent | None:
        """Return the consent to a client, ended or not, or None."""
        row = await consents.find(connection, *self.tags(client_id, person_id))
        return None if row is None else self.read(row)

    async def everywhere(self, person_id: bytes, client_ids: Sequence[str]) -> list[Consent]:
        """Return the person's consents, ended or not, to any of ``client_ids``."""
        tags = list(self._tags_at(client_ids, person_id))
        return [self.read(row) for row in await consents.of_tags(self._database, tags)]

    async def given(
        self, person_id: bytes, client_ids: Sequence[str], sectors: Sequence[str]
    ) -> dict[str, tuple[Stay, ...]]:
        """Return those of ``client_ids`` to whom something was given that still works.

        And in what ways they may stay connected: none, where it works for minutes only. ``sectors``
        are those where the person has a network ID.
        """
        clients = self._tags_at(client_ids, person_id)
        rows = await refresh_tokens.of_consents(
            self._database,
            self._holders(sectors, person_id),
            list(clients),
            now=self._clock.now(),
        )
        stays: dict[str, tuple[Stay, ...]] = {}
        for row in {row["id"]: row for row in rows}.values():
            client_id = clients[row["consent_tag"]]
            stays[client_id] = (*stays.get(client_id, ()), *self._stay(row))
        return stays

    def _stay(self, row: Row) -> tuple[Stay, ...]:
        if row["chain_sealed"] is None:
            return ()
        chain = self._vault.open_chain(row["id"], row["chain_sealed"])
        return (Stay(chain.begun_day, chain.used_day, chain.until_day),)

    async def remember(
        self,
        connection: Connection,
        client: Client,
        person_id: bytes,
        items: frozenset[str],
        *,
        record: str,
        version: int,
    ) -> None:
        """Remember a yes to ``items``, beside what was allowed before and still is, for a year.

        ``version`` is that of the pseudonym, which the transaction holds.
        """
        before = await self.find(connection, client.client_id, person_id)
        kept = frozenset() if before is None else before.live_items(today=self._today())
        consent = Consent(
            client.client_id,
            client.sector,
            joined(items, kept),
            self._clock.now(),
            self._today() + CONSENT_DAYS,
            record,
        )
        tag = self.tag_under(version, client.client_id, person_id)
        # Of a client that was in another sector before, it may stand under another version there.
        others = set(self.tags(client.client_id, person_id)) - {tag}
        if others:
            await consents.remove(connection, list(others))
        row_id = self._entropy.bytes(16)
        await consents.put(
            connection,
            tag=tag,
            items_tag=self.items_tag(tag, consent.items),
            row_id=row_id,
            facts_sealed=self._vault.seal_consent(row_id, consent),
            expires_day=consent.expires_day,
        )

    async def withdraw(
        self,
        connection: Connection,
        person_id: bytes,
        client_ids: Sequence[str],
        sectors: Sequence[str],
    ) -> bool:
        """Forget what was allowed to ``client_ids`` and end all that was given for it.

        ``sectors`` are all there ever were: a client may have been in another one when it was given
        something. False when there was nothing of either.

        In this order: a silent login locks the consent that it stands on, so it ends before the
        consent does and its grant is seen here, or it finds no consent.
        """
        removed = await self.forget(connection, person_id, client_ids)
        ended = await grants.revoke_of_consents(
            connection,
            self._holders(sectors, person_id),
            list(self._tags_at(client_ids, person_id)),
        )
        return removed + ended > 0

    async def forget(
        self, connection: Connection, person_id: bytes, client_ids: Sequence[str]
    ) -> int:
        """Forget what was allowed to ``client_ids``, and end nothing; return how many consents."""
        return await consents.remove(connection, list(self._tags_at(client_ids, person_id)))

    def _holders(self, sectors: Sequence[str], person_id: bytes) -> list[bytes]:
        return [tag for one in sectors for tag in self._link.tags(holder_tag, one, person_id)]

    def read(self, row: Row) -> Consent:
        """Return the consent in a row of its table."""
        return self._vault.open_consent(row["row_id"], row["facts_sealed"])

    def _today(self) -> int:
        return self._clock.now() // SECONDS_PER_DAY
