"""The keys in use: who signs for whom, what is published about it, and how one takes over.

The table says where in its life a key is, the key store holds its private half. Every node looks at
the table every ``PERIOD_SECONDS``; what it serves comes from there alone, so that a key is served
before its private half has arrived on every node.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from idp.domain.signing_key import RECOGNISED, SERVED, KeyState, SigningKey, WrongStep
from idp.keystore.signing import ALGORITHMS
from idp.protocol import jose
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.storage.database import Connection, Database, Row

PERIOD_SECONDS = 15


class SigningKeys:
    """Signers by algorithm, and the JWKS as ready bytes (RFC 7517 §5)."""

    jwks: bytes
    """What ``/jwks`` answers: every key that is published, active or retired."""
    public: jose.PublicKeys
    """The same, to verify with."""
    known: jose.PublicKeys
    """With the removed ones, never a compromised one: for what may be older than any token."""

    def __init__(self, signers: Sequence[jose.Signer]) -> None:
        """Take the signers, the first of each algorithm as active, until ``load`` knows better.

        Raises ValueError unless there is one for each algorithm.
        """
        self._signers = {signer.kid: signer for signer in signers}
        self._active: dict[str, jose.Signer] = {}
        for signer in signers:
            self._active.setdefault(signer.alg, signer)
        missing = set(ALGORITHMS) - set(self._active)
        if missing:
            raise ValueError(f"no signing key for {', '.join(sorted(missing))}")
        every = [dict(signer.public_jwk) for signer in self._active.values()]
        self._publish(every, every)

    async def sign(self, alg: str, claims: Mapping[str, object], *, typ: str) -> str:
        """Return ``claims`` signed with the active key of ``alg``; raises SignerUnavailable."""
        return await jose.sign(self._active[alg], claims, typ=typ)

    def missing(self, rows: Iterable[Row]) -> bool:
        """Tell whether a key that is about to sign, or does, is not among the signers."""
        soon = {KeyState.PUBLISHED, KeyState.ACTIVE}
        return any(row["state"] in soon and row["kid"] not in self._signers for row in rows)

    def take(self, signers: Iterable[jose.Signer]) -> None:
        """Add signers that have come to the key store meanwhile."""
        self._signers |= {signer.kid: signer for signer in signers}

    def follow(self, rows: Sequence[Row]) -> None:
        """Serve and sign as the table says.

        Raises ValueError when the private half of an active key is not here: the one before goes on
        signing, which every platform can still verify.
        """
        jwk = {row["kid"]: json.loads(row["public_jwk"]) for row in rows}
        self._publish(
            [jwk[row["kid"]] for row in rows if row["state"] in SERVED],
            [jwk[row["kid"]] for row in rows if row["state"] in RECOGNISED],
        )
        active = [row for row in rows if row["state"] == KeyState.ACTIVE]
        absent = [row["kid"] for row in active if row["kid"] not in self._signers]
        if absent:
            raise ValueError(f"the key store does not hold {', '.join(absent)}")
        self._active |= {row["alg"]: self._signers[row["kid"]] for row in active}

    def _publish(self, served: list[dict[str, Any]], recognised: list[dict[str, Any]]) -> None:
        self.jwks = json.dumps({"keys": served}, separators=(",", ":")).encode()
        self.public = jose.PublicKeys({"keys": served})
        self.known = jose.PublicKeys({"keys": recognised})


class KeyLives:
    """Leads keys through their lives. Every step refuses what would break a login (promise P7)."""

    def __init__(
        self,
        *,
        database: Database,
        keys: SigningKeys,
        store: Keystore,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._keys = keys
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def load(self) -> None:
        """Bring this process up to date: new keys served, the active one signing.

        The first time ever, the store's keys become the active ones. Raises ValueError as
        ``SigningKeys.follow``.
        """
        rows = await signing_keys.everyone(self._database)
        if not rows:
            await self._begin(self._store.signers())
            rows = await signing_keys.everyone(self._database)
        if self._keys.missing(rows):
            self._keys.take(await asyncio.to_thread(self._store.look_again))
        self._keys.follow(rows)

    async def everyone(self) -> list[SigningKey]:
        """Return all keys there ever were, oldest first."""
        return [_read(row) for row in await signing_keys.everyone(self._database)]

    async def stage(self, alg: str) -> SigningKey:
        """Make a new key of ``alg`` and publish it; raises WrongStep for an unknown algorithm."""
        if alg not in ALGORITHMS:
            raise WrongStep(f"keys are for {' or '.join(ALGORITHMS)}")
        await self.load()
        signer = await asyncio.to_thread(self._store.make, alg, self._entropy, self._clock)
        await self._put(self._database, signer, KeyState.PUBLISHED)
        return await self._one(signer.kid)

    async def activate(self, kid: str) -> SigningKey:
        """Let a published key sign, and retire the one that did; raises WrongStep, TooEarly."""
        now, old = self._clock.now(), await self._one(kid)
        new = old.activated(now)
        async with self._database.transaction() as transaction:
            for key in await self.everyone():
                if key.alg == old.alg and key.state is KeyState.ACTIVE:
                    await self._move(transaction, key, key.retired(now))
            await self._move(transaction, old, new)
        return new

    async def remove(self, kid: str) -> SigningKey:
        """Stop serving a retired key; its private half goes for good. Raises WrongStep, TooEarly.

        Asked again, it destroys what a crash may have left.
        """
        old = await self._one(kid)
        new = old if old.state is KeyState.REMOVED else old.removed(self._clock.now())
        if new is not old:
            await self._move(self._database, old, new)
        await asyncio.to_thread(self._store.destroy, kid, self._entropy)
        return new

    async def _begin(self, signers: Sequence[jose.Signer]) -> None:
        async with self._database.transaction() as transaction:
            for signer in signers:
                await self._put(transaction, signer, KeyState.ACTIVE)

    async def _put(self, connection: Connection, signer: jose.Signer, state: KeyState) -> None:
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

    async def _move(self, connection: Connection, old: SigningKey, new: SigningKey) -> None:
        moved = await signing_keys.move(
            connection,
            old.kid,
            before=old.state.value,
            after=new.state.value,
            activated_at=new.activated_at,
            retired_at=new.retired_at,
            removed_at=new.removed_at,
        )
        if not moved:
            raise WrongStep("somebody else moved this key a moment ago; look again")

    async def _one(self, kid: str) -> SigningKey:
        for key in await self.everyone():
            if key.kid == kid:
                return key
        raise WrongStep("there is no key by this kid")


def _read(row: Row) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        alg=row["alg"],
        state=KeyState(row["state"]),
        published_at=row["published_at"],
        activated_at=row["activated_at"],
        retired_at=row["retired_at"],
        removed_at=row["removed_at"],
    )
