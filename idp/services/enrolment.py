"""Enrolment: one proof of identity, one account (DESIGN §4, the enrolment store).

The two stores share no transaction. So: reserve the identity, create the person, confirm. A crash
between two of these leaves a reservation that expires; whoever comes next resolves it by looking
whether its person exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.domain.blind_index import dedup_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import (
    PERSON_ID_BYTES,
    WEBAUTHN_USER_ID_BYTES,
    Evidence,
    PersonStatus,
    SuspensionNotice,
)
from idp.domain.refusal import Refusal
from idp.storage import enrolments, people

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.secret_key import VersionedSecret
    from idp.proofing.proof import Proof
    from idp.protocol.webauthn import NewPasskey
    from idp.services.passkeys import Passkeys
    from idp.services.vault import Vault
    from idp.storage.database import Database

RESERVATION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account begins with beside its proof."""

    webauthn_user_id: bytes
    passkey: NewPasskey | None = None
    suspension: SuspensionNotice | None = None
    sandbox: bool = False


class Enrolment:
    """Finds and creates accounts by proof of identity."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        database: Database,
        store: Database,
        passkeys: Passkeys,
        vault: Vault,
        dedup: VersionedSecret,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._store = store
        self._passkeys = passkeys
        self._vault = vault
        self._dedup = dedup
        self._clock = clock
        self._entropy = entropy

    def new_user_id(self) -> bytes:
        """Draw a ``user.id`` for passkeys: a value of its own, since it leaves the provider."""
        return self._entropy.bytes(WEBAUTHN_USER_ID_BYTES)

    async def find(self, proof: Proof) -> bytes | None:
        """Return the person id of the account that this identity has, or None."""
        row = await enrolments.find(self._store, self._tag(proof))
        if row is None:
            return None
        person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
        exists = await people.find(self._database, person_id) is not None
        return person_id if exists else None

    async def create(self, proof: Proof, account: NewAccount) -> bytes | None:
        """Create the account of an identity that has none; None when it has one already.

        Raises Refusal ``PASSKEY_REFUSED``, and then nothing is reserved any more.
        """
        tag, row_id = self._tag(proof), self._entropy.bytes(16)
        person_id = self._entropy.bytes(PERSON_ID_BYTES)
        await self._resolve(tag)
        reserved = await enrolments.reserve(
            self._store,
            dedup_tag=tag,
            key_version=self._dedup.active,
            row_id=row_id,
            person_sealed=self._vault.seal_enrolled(row_id, person_id),
            reserved_until=self._clock.now() + RESERVATION_SECONDS,
        )
        if not reserved:
            return None
        try:
            await self._create_person(person_id, proof, account)
        except Refusal:
            await enrolments.release(self._store, dedup_tag=tag, row_id=row_id)
            raise
        if not await enrolments.confirm(self._store, dedup_tag=tag, row_id=row_id):
            # We were so slow that the reservation expired and somebody else resolved it: their
            # account stands, ours goes. One identity never has two.
            await people.remove(self._database, person_id)
            return None
        return person_id

    async def _resolve(self, tag: bytes) -> None:
        """Finish or undo an enrolment that stopped half way and whose reservation has expired."""
        row = await enrolments.find(self._store, tag)
        if row is None or row["state"] == enrolments.CONFIRMED:
            return
        if row["reserved_until"] > self._clock.now():
            return
        person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
        if await people.find(self._database, person_id) is not None:
            await enrolments.confirm(self._store, dedup_tag=tag, row_id=row["row_id"])
        else:
            await enrolments.release(self._store, dedup_tag=tag, row_id=row["row_id"])

    async def _create_person(self, person_id: bytes, proof: Proof, account: NewAccount) -> None:
        today = self._clock.now() // SECONDS_PER_DAY
        evidence = Evidence(proof.adapter, proof.level, proof.document, proof.country, today)
        notice = account.suspension
        async with self._database.transaction() as transaction:
            await people.add(
                transaction,
                id=person_id,
                status=(PersonStatus.SUSPENDED if notice else PersonStatus.ACTIVE).value,
                sandbox=int(account.sandbox),
                birth_date_sealed=self._vault.seal_birth_date(person_id, proof.birth_date),
                evidence_sealed=self._vault.seal_evidence(person_id, evidence),
                notice_sealed=self._vault.seal_notices(person_id, (notice,)) if notice else None,
                contact_sealed=None,
                webauthn_user_id=account.webauthn_user_id,
                created_day=today,
            )
            if account.passkey is not None:
                await self._passkeys.add(transaction, person_id, account.passkey)

    def _tag(self, proof: Proof) -> bytes:
        return dedup_tag(self._dedup.active_key, proof.country, proof.document, proof.number)
