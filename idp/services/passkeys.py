"""Passkeys of people: how somebody comes back, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.services.ceremonies import Answered
from idp.storage import passkeys

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.protocol.webauthn import NewPasskey
    from idp.services.ceremonies import Ceremonies, Ceremony
    from idp.storage.database import Connection, Database, Row

_PERSON = "a person"


class Passkeys:
    """Signs people in by their passkeys and keeps them."""

    def __init__(
        self,
        *,
        ceremonies: Ceremonies,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
    ) -> None:
        self._ceremonies = ceremonies
        self._sandbox = sandbox
        self._database = database
        self._clock = clock
        self._entropy = entropy

    def start_sign_in(self, browser: str) -> Ceremony:
        """Start a sign-in with whichever passkey the person has; asks for no name."""
        return self._ceremonies.start_sign_in(browser, _PERSON)

    def start_registration(self, browser: str, *, user_id: bytes, user_name: str) -> Ceremony:
        """Start making a first passkey for the account that ``user_id`` will name on the device."""
        return self._ceremonies.start_registration(
            browser, _PERSON, user_id=user_id, user_name=user_name
        )

    async def finish_sign_in(self, browser: str, challenge: str, credential: str) -> bytes:
        """Return the person id proved by a response; raises Refusal.

        ``PASSKEY_UNKNOWN`` for a passkey of nobody here, ``PASSKEY_REFUSED`` for all else.
        """
        answered = Answered(browser, challenge, credential)
        proved = await self._ceremonies.finish_sign_in(answered, _PERSON, self._find)
        row, assertion = proved.row, proved.assertion
        await passkeys.used(
            self._database,
            row["id"],
            old_count=row["sign_count"],
            new_count=max(assertion.sign_count, row["sign_count"]),
            backed_up=assertion.backed_up,
        )
        person_id: bytes = row["person_id"]
        return person_id

    async def finish_registration(
        self, browser: str, challenge: str, credential: str
    ) -> NewPasskey:
        """Return the passkey that a response proves; raises Refusal ``PASSKEY_REFUSED``."""
        answered = Answered(browser, challenge, credential)
        return await self._ceremonies.finish_registration(answered, _PERSON)

    async def add(self, connection: Connection, person_id: bytes, new: NewPasskey) -> None:
        """Store a passkey for a person: its public key, and no attestation or device name.

        Raises Refusal ``PASSKEY_REFUSED`` for a credential id that is anybody's already.
        """
        added = await passkeys.add(
            connection,
            id=self._entropy.bytes(16),
            person_id=person_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backup_eligible=int(new.backup_eligible),
            backed_up=int(new.backed_up),
            hardware=0,
            facts_sealed=None,
            created_day=self._clock.now() // SECONDS_PER_DAY,
        )
        if not added:  # WebAuthn L3 §7.1 step 27: ids are no secret, and somebody sent another's
            raise Refusal(Cause.PASSKEY_REFUSED, problem="credential id is registered already")

    async def _find(self, credential_id: bytes) -> Row | None:
        row = await passkeys.find(self._database, credential_id)
        if row is not None and row["sandbox"] and not self._sandbox:
            return None  # sandbox people are strangers to a real instance
        return row
