"""Security notices: put into the outbox with what they tell of, sent by and by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idp.domain.contact import NOTICED, Contact
from idp.services.contact_record import open_held
from idp.services.mailer import MailFailed
from idp.storage import notices, people

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.activity import Happened
    from idp.domain.clock import Clock, Entropy
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

PERIOD_SECONDS = 5
CONFIRM = "confirm_contact"
_TABLE = "notices"
_BATCH = 20
# A mail server that is down for two days loses nothing; after that the notice is of no use.
_WAITS = (60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)


class Notice(Struct, frozen=True):
    """One mail to write: what happened (a ``Happened`` value, or ``CONFIRM`` with its code)."""

    contact: Contact
    about: str
    at: int
    code: str = ""

    __repr__ = object.__repr__


class Notices:
    """The outbox. Without a mail server nothing is put into it."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, entropy: Entropy, *, offered: bool
    ) -> None:
        self.offered = offered
        self._database = database
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    async def tell(self, connection: Connection, person_id: bytes, happened: Happened) -> None:
        """Put a notice to the person's address, if there is one, into the outbox.

        In the transaction that does what it tells of: both happen, or neither.
        """
        if not self.offered or happened not in NOTICED:
            return
        row = await people.find(connection, person_id)
        held = None if row is None else open_held(self._vault, person_id, row["contact_sealed"])
        if held is not None and held.verified is not None:
            await self.put(connection, held.verified, happened.value)

    async def put(
        self, connection: Connection, contact: Contact, about: str, *, code: str = ""
    ) -> None:
        """Put one mail into the outbox."""
        row_id, now = self._entropy.bytes(16), self._clock.now()
        facts = [contact.address, contact.language, about, now, code]
        sealed = self._vault.seal_facts(_TABLE, row_id, {"notice": facts})
        await notices.add(connection, row_id=row_id, facts_sealed=sealed, due_at=now)

    async def deliver(self, send: Callable[[Notice], Awaitable[None]]) -> int:
        """Send what is due; return how many failed, for now.

        Each try is claimed by one statement, so no two nodes send one notice at once. A notice is
        deleted when it is sent; only a process that dies between the two sends it twice.
        """
        failed = 0
        for row in await notices.due(self._database, now=self._clock.now(), batch=_BATCH):
            tries: int = row["tries"]
            last = tries + 1 >= len(_WAITS)
            wait = _WAITS[min(tries, len(_WAITS) - 1)]
            if not await notices.claim(
                self._database, row["id"], old_tries=tries, next_at=self._clock.now() + wait
            ):
                continue
            try:
                await send(self._read(row))
            except MailFailed:
                failed += 1
                if not last:
                    continue
            await notices.remove(self._database, row["id"])
        return failed

    def _read(self, row: Row) -> Notice:
        facts: dict[str, Any] = self._vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
        address, language, about, at, code = facts["notice"]
        return Notice(Contact(address, language), about, at, code)
