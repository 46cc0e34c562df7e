"""Leads signing keys through their lives; every step refuses what would break a login (P7).

Steps are safe to be killed in. A private half is made before its row, so that a kill in between
leaves a key that nobody was told of: the next ``stage`` takes it. A row says ``removed`` before the
private half is destroyed: every ``load`` destroys what a kill has left.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from idp.domain.signing_key import KeyState, NotSeen, SigningKey, Standing, WrongStep
from idp.keystore.signing import ALGORITHMS
from idp.outbound import OutboundRefused
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.lease import Lease
    from idp.keystore import Keystore, Signer
    from idp.services.keys import SigningKeys
    from idp.services.leases import Leases
    from idp.services.nodes import Nodes
    from idp.services.outside import Outside
    from idp.storage.database import Connection, Database, Row

PERIOD_SECONDS = 15  # how often a server process reads the lives of all keys


class KeyLives:
    """The steps. With a ``lease`` each writes only while that is held; raises LeaseLost then."""

    def __init__(
        self,
        *,
        database: Database,
        keys: SigningKeys,
        store: Keystore,
        outside: Outside,
        nodes: Nodes,
        leases: Leases,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._keys = keys
        self._policy = keys.policy
        self._store = store
        self._outside = outside
        self._nodes = nodes
        self._leases = leases
        self._clock = clock
        self._entropy = entropy

    async def load(self) -> None:
        """Bring this process up to date: new keys served, the active ones signing.

        The first time ever, the store's keys become the active ones. Raises ValueError as
        ``SigningKeys.follow``.
        """
        rows = await signing_keys.everyone(self._database)
        if not rows:
            await self._begin(self._store.signers())
            rows = await signing_keys.everyone(self._database)
        try:
            if self._keys.missing(rows):
                self._keys.take(await asyncio.to_thread(self._store.look_again))
        finally:  # a store that cannot be read is no reason to miss what others know
            self._keys.follow(rows)
        await self._destroy_removed(rows)

    async def everyone(self) -> list[SigningKey]:
        """Return all keys there ever were, oldest first."""
        return [signing_keys.read(row) for row in await signing_keys.everyone(self._database)]

    async def standing(self, *, seen: bool | None = None) -> Standing:
        """Return what the world looks like now, as far as the database tells."""
        return Standing(self._policy, await self._nodes.everyone(), seen)

    async def look(self, lease: Lease | None = None) -> frozenset[str]:
        """Look at the JWKS from outside, and note which keys that wait are there.

        Returns the kids of the keys that are there with their right public halves. Raises
        OutboundRefused, having noted nothing: not to be able to look is no sighting either way.
        """
        found = await self._outside.keys()
        rows = await signing_keys.everyone(self._database)
        right = frozenset(
            row["kid"]
            for row in rows
            if _same_key(json.loads(row["public_jwk"]), found.get(row["kid"]))
        )
        waiting = [row for row in rows if row["state"] == KeyState.PUBLISHED]
        changed = [row for row in waiting if (row["kid"] in right) != (row["seen_at"] is not None)]
        if changed:
            async with self._writing(lease) as transaction:
                for row in changed:
                    await self._note(transaction, row["kid"], seen=row["kid"] in right)
        return right

    async def stage(self, alg: str, lease: Lease | None = None) -> SigningKey:
        """Make a new key of ``alg`` and publish it; raises WrongStep for an unknown algorithm."""
        if alg not in ALGORITHMS:
            raise WrongStep(f"keys are for {', '.join(ALGORITHMS)}")
        await self.load()
        signer = await self._unpublished(alg)
        if signer is None:
            signer = await asyncio.to_thread(self._store.make, alg, self._entropy, self._clock)
        async with self._writing(lease) as transaction:
            await self._put(transaction, signer, KeyState.PUBLISHED)
        return await self.one(signer.kid)

    async def check_activation(self, kid: str) -> SigningKey:
        """Look from outside, and return the key as ``activate`` would leave it; raises as that."""
        try:
            seen = kid in await self.look()
        except OutboundRefused as error:
            raise NotSeen(f"the issuer's own address does not answer us: {error}") from error
        key = await self.one(kid)
        return key.activated(self._clock.now(), await self.standing(seen=seen))

    async def activate(self, kid: str, lease: Lease | None = None) -> SigningKey:
        """Let a published key sign, and retire the one that did.

        Raises WrongStep, TooEarly, NotSeen, NotLoaded: see ``SigningKey.activated``.
        """
        new = await self.check_activation(kid)
        async with self._writing(lease) as transaction:
            await self.take_over(transaction, new)
        return new

    async def take_over(self, connection: Connection, new: SigningKey) -> None:
        """Write that ``new``, which is active now, signs, and that who did before does not.

        Asks nothing: who calls it has. Raises WrongStep when somebody else was quicker.
        """
        old = await self.one(new.kid, connection)
        for key in await self._all(connection):
            if key.alg == new.alg and key.state is KeyState.ACTIVE:
                await self.move(connection, key, key.retired(self._clock.now()))
        await self.move(connection, old, new)

    async def retire(self, kid: str, lease: Lease | None = None) -> SigningKey:
        """Let a key sign no more: one that is published and ready takes over, where it did sign.

        Raises WrongStep, and for who would take over as ``activate``.
        """
        old = await self.one(kid)
        if old.state is KeyState.ACTIVE:
            await self.activate(await self.successor(old), lease)
            return await self.one(kid)
        new = old.retired(self._clock.now())
        async with self._writing(lease) as transaction:
            await self.move(transaction, old, new)
        return new

    async def successor(self, old: SigningKey) -> str:
        """Return the kid of the published key that takes over; raises WrongStep without one."""
        for key in await self.everyone():
            if key.alg == old.alg and key.state is KeyState.PUBLISHED:
                return key.kid
        raise WrongStep(f"no {old.alg} key waits to take over: stage one first")

    async def remove(self, kid: str, lease: Lease | None = None) -> SigningKey:
        """Stop serving a retired key; its private half goes for good. Raises WrongStep, TooEarly.

        Asked again, it destroys what a crash may have left.
        """
        old = await self.one(kid)
        if old.state is not KeyState.REMOVED:
            new = old.removed(self._clock.now(), self._policy)
            async with self._writing(lease) as transaction:
                await self.move(transaction, old, new)
        await asyncio.to_thread(self._store.destroy, kid, self._entropy)
        return await self.one(kid)

    async def move(self, connection: Connection, old: SigningKey, new: SigningKey) -> None:
        """Write one step; raises WrongStep when somebody else was quicker."""
        if not await signing_keys.move(connection, old, new):
            raise WrongStep("somebody else moved this key a moment ago; look again")

    async def one(self, kid: str, connection: Connection | None = None) -> SigningKey:
        """Return a key; raises WrongStep when there is none by this kid."""
        for key in await self._all(connection or self._database):
            if key.kid == kid:
                return key
        raise WrongStep("there is no key by this kid")

    @asynccontextmanager
    async def _writing(self, lease: Lease | None) -> AsyncIterator[Connection]:
        async with self._database.transaction() as transaction:
            if lease is not None:
                await self._leases.still_held(transaction, lease)
            yield transaction

    async def _all(self, connection: Connection) -> list[SigningKey]:
        return [signing_keys.read(row) for row in await signing_keys.everyone(connection)]

    async def _begin(self, signers: Sequence[Signer]) -> None:
        async with self._database.transaction() as transaction:
            for signer in signers:
                await self._put(transaction, signer, KeyState.ACTIVE)

    async def _unpublished(self, alg: str) -> Signer | None:
        """Return a key of the store that has no row: a kill came between making and publishing."""
        signers = await asyncio.to_thread(self._store.look_again)
        told = {key.kid for key in await self.everyone()}
        return next((one for one in signers if one.alg == alg and one.kid not in told), None)

    async def _destroy_removed(self, rows: Iterable[Row]) -> None:
        removed = {row["kid"] for row in rows if row["state"] == KeyState.REMOVED}
        for signer in self._store.signers():
            if signer.kid in removed:
                await asyncio.to_thread(self._store.destroy, signer.kid, self._entropy)

    async def _note(self, connection: Connection, kid: str, *, seen: bool) -> None:
        if seen:
            await signing_keys.see(connection, kid, now=self._clock.now())
        else:
            await signing_keys.miss(connection, kid)

    async def _put(self, connection: Connection, signer: Signer, state: KeyState) -> None:
        now = self._clock.now()
        await signing_keys.put(
            connection,
            kid=signer.kid,
            alg=signer.alg,
            state=state.value,
            public_jwk=json.dumps(dict(signer.public_jwk)),
            published_at=now,
            activated_at=now if state is KeyState.ACTIVE else None,
            retired_at=None,
            removed_at=None,
            seen_at=None,
        )


def _same_key(ours: dict[str, str], theirs: object) -> bool:
    """Tell whether a key that came from outside is ours, member by member, and for the same."""
    return isinstance(theirs, dict) and {name: theirs.get(name) for name in ours} == ours
