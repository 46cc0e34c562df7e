"""Enrolment: one proof of identity, one account (DESIGN §4, the enrolment store).

The two stores share no transaction. So: reserve the identity, create the person, confirm. A crash
between two of these leaves a reservation that expires; the reaper, or whoever comes next, resolves
it by looking whether its person exists. A proof that waits in the enrolment store (a voucher) is
held by the reservation, spent when it is confirmed and given back when it leads to nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from idp.domain.activity import Happened
from idp.domain.blind_index import enrolled_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import (
    PERSON_ID_BYTES,
    WEBAUTHN_USER_ID_BYTES,
    PersonStatus,
    SuspensionNotice,
)
from idp.domain.refusal import Cause, Refusal
from idp.services import case_handles
from idp.storage import enrolments, people, vouchers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.closing import Closed
    from idp.domain.link_keys import LinkKeys
    from idp.proofing.proof import Proof
    from idp.protocol.webauthn import NewPasskey
    from idp.services.activity import Activity
    from idp.services.identities import Identities, Identity
    from idp.services.passkeys import Passkeys
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

RESERVATION_SECONDS = 60
_TABLE = "enrolments"
_SIZES = (4096, 32768)  # the same for people never suspended: few see the longer one
_NOBODY = bytes(PERSON_ID_BYTES)


class NewAccount(Struct, frozen=True):
    """What an account begins with beside its identity; ``voucher`` is the tag of one it uses."""

    webauthn_user_id: bytes
    passkey: NewPasskey | None = None
    suspensions: tuple[SuspensionNotice, ...] = ()
    sandbox: bool = False
    voucher: bytes | None = None


class Enrolment:
    """Finds and creates accounts by proof of identity."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        database: Database,
        store: Database,
        passkeys: Passkeys,
        activity: Activity,
        vault: Vault,
        identities: Identities,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._store = store
        self._passkeys = passkeys
        self._activity = activity
        self._vault = vault
        self._identities = identities
        self._link = link
        self._clock = clock
        self._entropy = entropy

    def new_user_id(self) -> bytes:
        """Draw a ``user.id`` for passkeys: a value of its own, since it leaves the provider."""
        return self._entropy.bytes(WEBAUTHN_USER_ID_BYTES)

    def identity(self, proof: Proof) -> Identity:
        """Return what may be kept of a proof; the number ends here."""
        return self._identities.of(proof)

    async def find(self, known: Proof | Identity) -> bytes | None:
        """Return the person id of the account that this identity has, or None."""
        row = await enrolments.find(self._store, *self._identities.tags(self._identities.of(known)))
        if row is None:
            return None
        person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
        exists = await people.find(self._database, person_id) is not None
        return person_id if exists else None

    async def create(self, known: Proof | Identity, account: NewAccount) -> bytes | None:
        """Create the account of an identity that has none; None when it has one already.

        Raises Refusal, and then nothing is reserved and no voucher held any more: the cause is
        ``PASSKEY_REFUSED``, ``ENROLMENT_CODE_UNKNOWN`` for a voucher that is used, or
        ``ENROLMENT_COOLING_OFF`` with ``until`` (an ISO date) soon after an account was closed.
        """
        identity, row_id = self._identities.of(known), self._entropy.bytes(16)
        person_id = self._entropy.bytes(PERSON_ID_BYTES)
        carried = await self._reserve(identity, row_id, person_id, account.voucher)
        if carried is None:
            return None
        suspensions = dict.fromkeys((*account.suspensions, *carried))
        suspended = replace(account, suspensions=tuple(suspensions))
        try:
            await self._create_person(person_id, identity, suspended)
        except Refusal:
            await self._release(self._identities.tags(identity), row_id)
            raise
        if not await self._confirm(self._identities.tags(identity), row_id):
            # We were so slow that the reservation expired and somebody else resolved it: their
            # account stands, ours goes. One identity never has two.
            await self._give_way(person_id, identity)
            return None
        return person_id

    async def state(self, person_id: bytes) -> str | None:
        """Return in which state the enrolment is that an account came from; None without one."""
        row = await enrolments.of_person(self._store, *self._link.tags(enrolled_tag, person_id))
        return None if row is None else str(row["state"])

    async def close(self, person_id: bytes, left: Closed) -> bool:
        """Keep of a closed account's identity what is left of it, and nothing of the person.

        May be repeated. False when no identity is known by this person, or not any more.
        """
        tags = self._link.tags(enrolled_tag, person_id)
        row = await enrolments.of_person(self._store, *tags)
        if row is None:
            return False
        columns = enrolments.Left(
            nobody_sealed=self._vault.seal_enrolled(row["row_id"], _NOBODY),
            facts_sealed=self._seal_notices(row["row_id"], left.notices),
            until_day=left.until_day,
            kept_day=left.kept_day,
        )
        return await enrolments.close(self._store, tags, columns)

    async def adopt(self, *, batch: int) -> int:
        """Let people lead to enrolments of the first revision; return how many were looked at.

        Without it, closing such an account would leave its identity taken for ever.
        """
        rows = await enrolments.unnamed(self._store, batch=batch)
        for row in rows:
            person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
            await enrolments.name(
                self._store,
                dedup_tag=row["dedup_tag"],
                row_id=row["row_id"],
                person_tag=self._link.tag(enrolled_tag, person_id),
            )
        return len(rows)

    async def reap(self, *, batch: int) -> int:
        """Finish or undo enrolments that stopped half way; return how many were looked at."""
        rows = await enrolments.expired(self._store, now=self._clock.now(), batch=batch)
        for row in rows:
            await self._settle(row)
        return len(rows)

    async def _reserve(
        self, identity: Identity, row_id: bytes, person_id: bytes, voucher: bytes | None
    ) -> tuple[SuspensionNotice, ...] | None:
        """Take the identity, and return the suspensions it comes with; None when it is taken."""
        before = await self._resolve(self._identities.tags(identity))
        version, tag = self._identities.lowest(identity)
        reservation = enrolments.Reservation(
            dedup_tag=tag,
            key_version=version,
            row_id=row_id,
            person_sealed=self._vault.seal_enrolled(row_id, person_id),
            person_tag=self._link.tag(enrolled_tag, person_id),
            until=self._clock.now() + RESERVATION_SECONDS,
        )
        async with self._store.transaction() as transaction:
            carried = await self._take(transaction, reservation, before)
            if carried is None or voucher is None:
                return carried
            if not await vouchers.hold(transaction, voucher, holder=row_id):
                raise Refusal(Cause.ENROLMENT_CODE_UNKNOWN)
            return carried

    async def _take(
        self, connection: Connection, reservation: enrolments.Reservation, before: Row | None
    ) -> tuple[SuspensionNotice, ...] | None:
        if before is None:
            return () if await self._identities.take(connection, reservation) else None
        facts = self._vault.open_facts(_TABLE, before["row_id"], before["facts_sealed"])
        carried = tuple(SuspensionNotice(**notice) for notice in facts["notices"])
        taken = await enrolments.retake(
            connection,
            reservation,
            tags=self._identities.tags_of(before),
            old_row=before["row_id"],
            facts_sealed=self._seal_notices(reservation.row_id, carried),
            today=self._today(),
        )
        return carried if taken else None

    def _seal_notices(self, row_id: bytes, notices: Sequence[SuspensionNotice]) -> bytes:
        facts = {"notices": [asdict(notice) for notice in notices]}
        return self._vault.seal_facts(_TABLE, row_id, facts, sizes=_SIZES)

    async def _confirm(self, tags: Sequence[bytes], row_id: bytes) -> bool:
        async with self._store.transaction() as transaction:
            confirmed = await enrolments.confirm(transaction, tags=tags, row_id=row_id)
            if confirmed:
                await vouchers.spend_held(transaction, row_id)
            return confirmed

    async def _release(self, tags: Sequence[bytes], row_id: bytes) -> None:
        async with self._store.transaction() as transaction:
            await enrolments.release(transaction, tags=tags, row_id=row_id)
            await vouchers.let_go(transaction, row_id)

    async def _resolve(self, tags: Sequence[bytes]) -> Row | None:
        """Finish or undo what stopped half way; return a closed identity that may enrol again.

        Raises Refusal ``ENROLMENT_COOLING_OFF`` for one that may not yet.
        """
        row = await enrolments.find(self._store, *tags)
        if row is not None and _is_over(row, self._clock.now()):
            await self._settle(row)
            row = await enrolments.find(self._store, *tags)
        if row is None or row["state"] != enrolments.CLOSED:
            return None
        if row["closed_until"] > self._today():
            raise Refusal(Cause.ENROLMENT_COOLING_OFF, until=_iso(row["closed_until"]))
        return row

    async def _settle(self, row: Row) -> None:
        person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
        if await people.find(self._database, person_id) is not None:
            await self._confirm(self._identities.tags_of(row), row["row_id"])
        else:
            await self._release(self._identities.tags_of(row), row["row_id"])

    async def _create_person(
        self, person_id: bytes, identity: Identity, account: NewAccount
    ) -> None:
        notices = account.suspensions
        async with self._database.transaction() as transaction:
            await people.add(
                transaction,
                id=person_id,
                status=(PersonStatus.SUSPENDED if notices else PersonStatus.ACTIVE).value,
                sandbox=int(account.sandbox),
                birth_date_sealed=self._vault.seal_birth_date(person_id, identity.birth_date),
                evidence_sealed=self._vault.seal_evidence(person_id, identity.evidence),
                notice_sealed=self._vault.seal_notices(person_id, notices) if notices else None,
                contact_sealed=None,
                webauthn_user_id=account.webauthn_user_id,
                created_day=self._today(),
            )
            await self._activity.note(transaction, person_id, Happened.ENROLLED)
            await case_handles.follow(transaction, self._vault, notices, person_id)
            if account.passkey is not None:
                await self._passkeys.add(transaction, person_id, account.passkey)

    async def _give_way(self, person_id: bytes, identity: Identity) -> None:
        """Take an account back that was made too late, and what had followed it."""
        stands = await self.find(identity)
        async with self._database.transaction() as transaction:
            await people.remove(transaction, person_id)
            await self._activity.clear(transaction, person_id, ())
            row = None if stands is None else await people.locked(transaction, stands)
            if row is not None and row["notice_sealed"] is not None:
                notices = self._vault.open_notices(row["id"], row["notice_sealed"])
                await case_handles.follow(transaction, self._vault, notices, row["id"])

    def _today(self) -> int:
        return self._clock.now() // SECONDS_PER_DAY


def _is_over(row: Row, now: int) -> bool:
    """Tell whether somebody began to use this identity and did not finish in time."""
    return bool(row["state"] == enrolments.RESERVED and row["reserved_until"] <= now)


def _iso(day: int) -> str:
    return datetime.fromtimestamp(day * SECONDS_PER_DAY, UTC).date().isoformat()
