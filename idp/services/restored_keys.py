"""Signing keys after a restore: the table is old, the private halves are as they are now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.audit import Act, Via
from idp.domain.signing_key import ALGORITHMS, SERVED, KeyState, SigningKey
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore, Signer
    from idp.services.audit import Audit
    from idp.storage.database import Connection


class RestoredKeys:
    """Brings the table of an older database in line with the key store."""

    def __init__(self, store: Keystore, audit: Audit, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def reconcile(self, connection: Connection) -> dict[str, int]:
        """Do it in the transaction that ends the restore; return how many keys came and went.

        A key without a private half was removed or revoked since, nobody knows which: it is
        recognised nowhere. One that the table does not know is served from now on. One that waited
        begins to wait anew. Where an algorithm has none that signs, the oldest that there is signs:
        platforms know that one best; with none at all a new one is made.
        """
        signers = {signer.kid: signer for signer in self._store.look_again()}
        known = [signing_keys.read(row) for row in await signing_keys.everyone(connection)]
        if not known:
            return {}  # never served: the first start takes the store's keys
        gone = [key for key in known if key.state in SERVED and key.kid not in signers]
        for key in gone:
            await self._move(connection, key, KeyState.COMPROMISED)
        told = {key.kid for key in known}
        new = [signer for signer in signers.values() if signer.kid not in told]
        for alg in ALGORITHMS:
            await self._let_one_sign(connection, alg, known, [*signers.values()])
        signing = {row["kid"] for row in await signing_keys.everyone(connection)}
        for signer in new:
            if signer.kid not in signing:
                await self._put(connection, signer, KeyState.PUBLISHED)
        return {"signing_keys_gone": len(gone), "signing_keys_new": len(new)}

    async def _let_one_sign(
        self, connection: Connection, alg: str, known: list[SigningKey], signers: Sequence[Signer]
    ) -> None:
        kids = {signer.kid for signer in signers}
        ours = {key.kid: key for key in known if key.alg == alg}
        if any(key.state is KeyState.ACTIVE and key.kid in kids for key in ours.values()):
            return
        for signer in signers:
            if signer.alg != alg:
                continue
            key = ours.get(signer.kid)
            if key is None:
                await self._put(connection, signer, KeyState.ACTIVE)
                return
            if key.state in SERVED:
                await self._move(connection, key, KeyState.ACTIVE)
                return
        if ours:  # an algorithm that nobody uses has no key, and needs none
            await self._put(
                connection, self._store.make(alg, self._entropy, self._clock), KeyState.ACTIVE
            )

    async def _move(self, connection: Connection, key: SigningKey, state: KeyState) -> None:
        new = replace(key, state=state)
        if state is KeyState.ACTIVE:
            new = replace(new, activated_at=self._clock.now(), retired_at=None)
        await signing_keys.move(connection, key, new)
        act = Act.KEY_ACTIVATED if state is KeyState.ACTIVE else Act.KEY_COMPROMISED
        await self._audit.record(connection, act, subject=key.kid, via=Via.COMMAND)

    async def _put(self, connection: Connection, signer: Signer, state: KeyState) -> None:
        now, active = self._clock.now(), state is KeyState.ACTIVE
        await signing_keys.put(
            connection,
            kid=signer.kid,
            alg=signer.alg,
            state=state.value,
            public_jwk=json.dumps(dict(signer.public_jwk)),
            published_at=now,
            activated_at=now if active else None,
            retired_at=None,
            removed_at=None,
            seen_at=None,
        )
        act = Act.KEY_ACTIVATED if active else Act.KEY_STAGED
        await self._audit.record(connection, act, subject=signer.kid, via=Via.COMMAND)
