"""A signing key that somebody else may have: what ends at once, and what has to be told.

Rules in prose. The key signs and is served no more from the moment its row says so: every server
reads that within seconds, and its private half is destroyed. A key that waits takes over, ready or
not: among several the one that most platforms know. Where none waits one is made, which no platform
knows: whoever asks again for a kid that it does not know signs people in at once, whoever does not
fails until its copy of the JWKS has ended. To go on with the stolen key would let a thief sign
anybody in, to sign with none would sign nobody in anywhere: so this is the least bad.

What a thief signed is refused here, all of it, from then on. Grants that were given since the key
may have been stolen end, with their refresh tokens: those that a thief had a hand in cannot be told
from others. Sessions stay: no key of this kind makes one. What we cannot end is told: platforms
that keep the JWKS believe the thief until their copy has ended.

A kill at any moment leaves nothing half done that the same command does not finish.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.activity import Happened
from idp.domain.audit import Via
from idp.domain.grant import CODE_SECONDS
from idp.domain.sealing import SealBroken
from idp.domain.signing_key import KeyState, SigningKey, WrongStep
from idp.outbound import OutboundRefused
from idp.services.grants import holder, read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.services.key_lives import KeyLives
    from idp.services.refresh_tokens import RefreshTokens
    from idp.services.vault import Vault
    from idp.storage.database import Database, Row

PAGE_ROWS = 200
_TRIES = 5


class Emergency(Struct, frozen=True):
    """What becomes of one key, or would. Times in epoch seconds.

    ``successor`` signs from now on; None where the key did not sign, or one has yet to be made
    (``makes_one``). ``fails_until``: until when platforms that never ask for a kid that they do not
    know may refuse what it signs; None where all know it. ``believed_until``: until when platforms
    that keep the JWKS may take a thief's word. ``since``: grants given from then on end.
    """

    key: SigningKey
    successor: str | None
    makes_one: bool
    fails_until: int | None
    believed_until: int
    since: int


class Given:
    """Grants, told by when they were given, which stands inside the seal of each."""

    def __init__(self, database: Database, refresh_tokens: RefreshTokens, vault: Vault) -> None:
        self._database = database
        self._refresh_tokens = refresh_tokens
        self._vault = vault

    async def count(self, since: int) -> int:
        """Return how many grants that were given since then still hold."""
        return sum([1 async for _ in self._since(since)])

    async def end(self, since: int, told: Callable[[int], None]) -> int:
        """End them, each in a transaction of its own, telling of each; return how many.

        Who is connected to a platform finds in their history that it ended.
        """
        ended = 0
        async for row in self._since(since):
            try:
                await self._end(row)
            except SealBroken:  # it ends all the same, but its owner cannot be told
                await grants.revoke(self._database, row["id"])
            ended += 1
            told(1)
        return ended

    async def _end(self, row: Row) -> None:
        if row["chain_sealed"] is None:
            await grants.revoke(self._database, row["id"])
            return
        whose = holder(row, self._vault)
        grant = read(row, self._vault, whose)
        await self._refresh_tokens.end(grant, whose, Happened.CONNECTION_ENDED)

    async def _since(self, since: int) -> AsyncIterator[Row]:
        """Go through the grants that hold. When each was given stands inside its seal.

        One that does not open counts as given since: who can write into the database must not keep
        the rest alive by breaking one.
        """
        after = b""
        while page := await grants.page(self._database, after=after, size=PAGE_ROWS):
            for row in page:
                if self._given_at(row) >= since:
                    yield row
            after = page[-1]["id"]

    def _given_at(self, row: Row) -> float:
        try:
            facts = self._vault.open_grant(row["id"], row["facts_sealed"])
        except SealBroken:
            return math.inf
        return facts.code_expires_at - CODE_SECONDS


class Compromise:
    """Ends what a stolen key could do; ``Given`` ends the grants after it."""

    def __init__(
        self,
        *,
        database: Database,
        lives: KeyLives,
        store: Keystore,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._lives = lives
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def plan(
        self, kid: str, *, also: Collection[str] = (), since: int | None = None
    ) -> Emergency:
        """Return what ``revoke`` would do; changes nothing. Raises WrongStep for an unknown kid.

        ``also`` are kids that are given up too: none of them takes over. ``since`` is None for the
        moment when the key began to sign.
        """
        key = await self._lives.one(kid)
        now, standing = self._clock.now(), await self._lives.standing()
        began = now if key.activated_at is None else key.activated_at
        over = key.state is KeyState.COMPROMISED
        successor, known_at = None, None
        if key.state is KeyState.ACTIVE:
            successor = await self._waiting(key.alg, {kid, *also})
            known_at = standing.policy.known_at(now, standing.nodes)
            if successor is not None:
                known_at = await self._known_at(successor)
        gone_at = now if key.removed_at is None else key.removed_at
        return Emergency(
            key if over else key.compromised(now),
            None if successor is None else successor.kid,
            makes_one=key.state is KeyState.ACTIVE and successor is None,
            fails_until=known_at if known_at is not None and known_at > now else None,
            believed_until=gone_at + standing.policy.margin + standing.longest_cache(gone_at),
            since=began if since is None else since,
        )

    async def revoke(self, plan: Emergency, *, also: Collection[str] = ()) -> Emergency:
        """Do as planned, but for the grants; again, after a kill, what is left. Raises WrongStep.

        Returns the plan with the key that was made, if one was.
        """
        kid = plan.key.kid
        for left in reversed(range(_TRIES)):
            try:
                plan = await self._give_up(plan, {kid, *also})
                break
            except WrongStep:  # the calendar moved one of the keys at this very moment
                if not left:
                    raise
        await asyncio.to_thread(self._store.destroy, kid, self._entropy)
        return replace(plan, key=await self._lives.one(kid))

    async def _give_up(self, plan: Emergency, bad: Collection[str]) -> Emergency:
        """Write that the key is given up, and who signs in its place; raises WrongStep."""
        old = await self._lives.one(plan.key.kid)
        if old.state is KeyState.COMPROMISED:
            return plan
        successor = None
        if old.state is KeyState.ACTIVE:
            waiting = await self._waiting(old.alg, bad)
            successor = waiting or await self._lives.stage(old.alg)
        async with self._database.transaction() as transaction:
            now = self._clock.now()
            given_up = (old, old.compromised(now))
            if successor is None:
                await self._lives.move(transaction, given_up, via=Via.COMMAND)
            else:
                new = successor.hurried(now)
                await self._lives.take_over(transaction, new, via=Via.COMMAND, first=[given_up])
        return replace(plan, successor=None if successor is None else successor.kid)

    async def _waiting(self, alg: str, bad: Collection[str]) -> SigningKey | None:
        """Return the published key of ``alg`` that most platforms know; None without any."""
        found = [
            key
            for key in await self._lives.everyone()
            if key.alg == alg and key.state is KeyState.PUBLISHED and key.kid not in bad
        ]
        return min(found, key=lambda key: key.published_at, default=None)

    async def _known_at(self, key: SigningKey) -> int:
        """Return from when on every platform knows a key that waits."""
        seen = None
        with suppress(OutboundRefused):  # then nobody can say what platforms see
            seen = key.kid in await self._lives.look()
        key, standing = await self._lives.one(key.kid), await self._lives.standing(seen=seen)
        try:
            key.activated(self._clock.now(), standing)
        except WrongStep:
            later = standing.policy.known_at(self._clock.now(), standing.nodes)
            known = key.may_be_activated_at(standing)
            return known if seen and key.seen_at is not None else later
        return self._clock.now()
