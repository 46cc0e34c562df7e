"""Leads signing keys through their lives; every step refuses what would break a login (P7).

Steps are safe to be killed in. A private half is made before its row, so that a kill in between
leaves a key that nobody was told of: the next ``stage`` takes it. A row says ``removed`` before the
private half is destroyed: every ``load`` destroys what a kill has left.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from idp.domain.audit import Act, Via
from idp.domain.signing_key import ALGORITHMS, KeyState, NotSeen, SigningKey, Standing, WrongStep
from idp.keystore.errors import KeystoreUnfinishedError
from idp.outbound import OutboundRefused
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.lease import Lease
    from idp.keystore import Keystore, Signer
    from idp.services.audit import Audit
    from idp.services.keys import SigningKeys
    from idp.services.leases import Leases
    from idp.services.nodes import Nodes
    from idp.services.outside import Outside
    from idp.services.secret_versions import SecretVersions
    from idp.storage.database import Connection, Database, Row

PERIOD_SECONDS = 15  # how often a server process reads the lives of all keys
_ACTS = {
    KeyState.ACTIVE: Act.KEY_ACTIVATED,
    KeyState.RETIRED: Act.KEY_RETIRED,
    KeyState.REMOVED: Act.KEY_REMOVED,
    KeyState.COMPROMISED: Act.KEY_COMPROMISED,
}


class KeyLives:
    """The steps. With a ``lease`` each writes only while that is held; raises LeaseLost then."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        keys: SigningKeys,
        store: Keystore,
        secrets: SecretVersions,
        outside: Outside,
        nodes: Nodes,
        leases: Leases,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._keys = keys
        self._policy = keys.policy
        self._store = store
        self._secrets = secrets
        self._outside = outside
        self._nodes = nodes
        self._leases = leases
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def load(self) -> None:
        """Bring this process up to date: new keys served, the active ones signing.

        The first time ever, the store's keys become the active ones. Raises
        KeyMissingError as ``SigningKeys.follow``.
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

    async def keep_up(self) -> None:
        """Do as ``load``, secrets too, and tell the others what is in use here by now.

        Raises as that, and as ``SecretVersions.load``.
        """
        try:
            await self._secrets.keep_up()
            await self.load()
        finally:
            await self._nodes.beat([*self._keys.loaded, *self._secrets.loaded()])

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
        self.check_algorithm(alg)
        await self.load()
        signer = await self._unpublished(alg)
        if signer is None:
            signer = await asyncio.to_thread(self._store.make, alg, self._entropy, self._clock)
        async with self._writing(lease) as transaction:
            if await self._put(transaction, signer, KeyState.PUBLISHED):
                await self._audit.record(
                    transaction, Act.KEY_STAGED, subject=signer.kid, via=_via(lease)
                )
        return await self.one(signer.kid)

    def check_algorithm(self, alg: str) -> None:
        """Raise WrongStep for an algorithm that we do not sign with."""
        if alg not in ALGORITHMS:
            raise WrongStep(f"keys are for {', '.join(ALGORITHMS)}")

    async def check_activation(self, kid: str) -> SigningKey:
        """Look from outside, and return the key as ``activate`` would leave it; raises as that."""
        seen, silence = None, ""
        try:
            seen = kid in await self.look()
        except OutboundRefused as error:
            silence = str(error)
        key = await self.one(kid)
        try:
            return key.activated(self._clock.now(), await self.standing(seen=seen))
        except NotSeen:
            if not silence:
                raise
            raise NotSeen(f"{self._outside.address} does not answer us: {silence}") from None

    async def activate(self, kid: str, lease: Lease | None = None) -> SigningKey:
        """Let a published key sign, and retire the one that did.

        Raises WrongStep, TooEarly, NotSeen, NotLoaded: see ``SigningKey.activated``.
        """
        new = await self.check_activation(kid)
        async with self._writing(lease) as transaction:
            if self._clock.now() - (new.activated_at or 0) > PERIOD_SECONDS:
                raise WrongStep("what was looked at is some time ago by now; look again")
            await self.take_over(transaction, new, via=_via(lease))
        return new

    async def take_over(
        self,
        connection: Connection,
        new: SigningKey,
        *,
        via: Via,
        first: Sequence[tuple[SigningKey, SigningKey]] = (),
    ) -> None:
        """Write that ``new``, which is active now, signs, and that who did before does not.

        Asks nothing: who calls it has. ``first`` are steps of other keys that come before these.
        Raises WrongStep when somebody else was quicker.
        """
        old, now = await self.one(new.kid, connection), self._clock.now()
        moved = {key.kid for key, _ in first}
        before = [
            (key, key.retired(now))
            for key in await self._all(connection)
            if key.alg == new.alg and key.state is KeyState.ACTIVE and key.kid not in moved
        ]
        await self.move(connection, *first, *before, (old, new), via=via)

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
            await self.move(transaction, (old, new), via=_via(lease))
        return new

    async def check_retirement(self, kid: str) -> SigningKey:
        """Return the key as ``retire`` would leave it; raises as that."""
        old = await self.one(kid)
        if old.state is KeyState.ACTIVE:
            await self.check_activation(await self.successor(old))
        return old.retired(self._clock.now())

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
        old, new = await self.one(kid), await self.check_removal(kid)
        if old.state is not KeyState.REMOVED:
            async with self._writing(lease) as transaction:
                await self.move(transaction, (old, new), via=_via(lease))
        await asyncio.to_thread(self._store.destroy, kid, self._entropy)
        return await self.one(kid)

    async def check_removal(self, kid: str) -> SigningKey:
        """Return the key as ``remove`` would leave it; raises as that."""
        old = await self.one(kid)
        if old.state is KeyState.REMOVED:
            return old
        return old.removed(self._clock.now(), self._policy)

    async def move(
        self, connection: Connection, *steps: tuple[SigningKey, SigningKey], via: Via
    ) -> None:
        """Write steps, from what a key was to what it is, and an entry of the audit log for each.

        All entries after all steps: whoever gives up one of these keys at this moment, and then
        waits for the log, must not wait for a lock that we take later. Raises WrongStep for who
        came second.
        """
        for old, new in steps:
            if not await signing_keys.move(connection, old, new):
                raise WrongStep("somebody else moved this key a moment ago; look again")
        for _, new in steps:
            await self._audit.record(connection, _ACTS[new.state], subject=new.kid, via=via)

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
                if await self._put(transaction, signer, KeyState.ACTIVE):
                    await self._audit.record(
                        transaction, Act.KEY_ACTIVATED, subject=signer.kid, via=Via.SCHEDULE
                    )

    async def _unpublished(self, alg: str) -> Signer | None:
        """Return a key of the store that has no row: a kill came between making and publishing."""
        signers = await asyncio.to_thread(self._store.look_again)
        told = {key.kid for key in await self.everyone()}
        return next((one for one in signers if one.alg == alg and one.kid not in told), None)

    async def _destroy_removed(self, rows: Iterable[Row]) -> None:
        over = {KeyState.REMOVED, KeyState.COMPROMISED}
        removed = {row["kid"] for row in rows if row["state"] in over}
        for signer in self._store.signers():
            if signer.kid in removed:
                with suppress(KeystoreUnfinishedError):  # another process may be at the same
                    await asyncio.to_thread(self._store.destroy, signer.kid, self._entropy)

    async def _note(self, connection: Connection, kid: str, *, seen: bool) -> None:
        if seen:
            await signing_keys.see(connection, kid, now=self._clock.now())
        else:
            await signing_keys.miss(connection, kid)

    async def _put(self, connection: Connection, signer: Signer, state: KeyState) -> bool:
        now = self._clock.now()
        return await signing_keys.put(
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


def _via(lease: Lease | None) -> Via:
    return Via.COMMAND if lease is None else Via.SCHEDULE


def _same_key(ours: dict[str, str], theirs: object) -> bool:
    """Tell whether a key that came from outside is ours, member by member, and for the same."""
    return isinstance(theirs, dict) and {name: theirs.get(name) for name in ours} == ours
