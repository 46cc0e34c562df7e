"""Refresh tokens: found by what proves them, moved on by one statement, ended with their grant.

Stores nothing of a token; see ``idp.domain.refresh_token`` for how one is known again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain import refresh_token
from idp.domain.refresh_token import SEED_BYTES, Found
from idp.services.grants import holder, read
from idp.storage import grants, people, refresh_tokens

if TYPE_CHECKING:
    from idp.domain.activity import Happened
    from idp.domain.clock import Entropy
    from idp.domain.grant import Grant, GrantFacts
    from idp.domain.pseudonym import Pseudonym
    from idp.domain.refresh_token import Chain, Lifetimes
    from idp.services.activity import Activity
    from idp.services.vault import Vault
    from idp.storage.database import Database


class RefreshTokens:
    """Begins, finds, moves and ends chains."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        activity: Activity,
        *,
        entropy: Entropy,
        lifetimes: Lifetimes,
    ) -> None:
        self._database = database
        self._vault = vault
        self._activity = activity
        self._entropy = entropy
        self.lifetimes = lifetimes

    def new(self, now: int, *, consent_day: int | None, jkt: str | None = None) -> Chain | None:
        """Return a new chain, or None where the consent ends before it could be of use."""
        seed = self._entropy.bytes(SEED_BYTES)
        return self.lifetimes.begin(seed, now, consent_day=consent_day, jkt=jkt)

    async def begin(self, grant_id: bytes, chain: Chain, *, now: int) -> bool:
        """Use the grant's code up for its first tokens; True for exactly one caller."""
        return await refresh_tokens.begin(
            self._database,
            grant_id,
            chain_sealed=self._vault.seal_chain(grant_id, chain),
            expires_at=self.lifetimes.expires_at(chain, now),
        )

    async def find(self, text: str) -> tuple[Grant, Found] | None:
        """Return what an authentic refresh token stands for, live or not; None for other text."""
        try:
            presented = refresh_token.read(text)
        except ValueError:
            return None
        row = await grants.find(self._database, presented.grant_id)
        if row is None or row["chain_sealed"] is None:
            return None
        chain = self._vault.open_chain(presented.grant_id, row["chain_sealed"])
        if not chain.proves(text, presented):
            return None
        whose = holder(row, self._vault)
        grant = read(row, self._vault, whose)
        return grant, Found(
            chain=chain,
            generation=presented.generation,
            holder=whose,
            facts=grant.facts,
            chain_sealed=row["chain_sealed"],
            expires_at=row["expires_at"],
        )

    async def move(
        self, grant_id: bytes, found: Found, chain: Chain, facts: GrantFacts, *, now: int
    ) -> bool:
        """Store ``chain`` and today's ``facts`` in the place of what was found.

        False when somebody else was faster, or the grant has ended.
        """
        changed, kept = facts != found.facts, replace(facts, nonce=None)  # that of the sign-in
        return await refresh_tokens.move(
            self._database,
            grant_id,
            old=found.chain_sealed,
            chain_sealed=self._vault.seal_chain(grant_id, chain),
            facts_sealed=self._vault.seal_grant(grant_id, kept) if changed else None,
            expires_at=self.lifetimes.expires_at(chain, now),
        )

    async def end(self, grant: Grant, whose: Pseudonym, happened: Happened) -> None:
        """End a grant with a chain, and all its tokens, at once; the person finds it noted.

        Does nothing for one that had ended before.
        """
        async with self._database.transaction() as transaction:
            there = await people.hold(transaction, whose.person_id)
            if await grants.revoke(transaction, grant.grant_id) and there:
                await self._activity.note(
                    transaction,
                    whose.person_id,
                    happened,
                    sector=whose.sector,
                    client_id=grant.client_id,
                )
