"""Closing an account for good (promise P5). The rules stand in ``idp.domain.closing``.

The two stores share no transaction. So: delete everything in the provider's store, and in the same
transaction leave a sealed note of what the enrolment store is to be told; tell it; delete the note.
Whatever stops between two of these, the account is gone, its identity cannot enrol a second time
meanwhile, and housekeeping tells the enrolment store. Telling it twice does no harm.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from idp.domain.activity import Happened
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.closing import Closed, closed
from idp.domain.person import SuspensionNotice
from idp.services import case_handles
from idp.storage import closings, grants, people, pseudonyms
from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.closing import Terms
    from idp.services.activity import Activity
    from idp.services.clients import Clients
    from idp.services.consents import Consents
    from idp.services.enrolment import Enrolment
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.sessions import Sessions
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_TABLE = "closings"
_SIZES = (4096, 32768)  # the same for people never suspended: few see the longer one


class Closing:
    """Closes accounts, and finishes what a crash left half done."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        vault: Vault,
        enrolment: Enrolment,
        activity: Activity,
        clients: Clients,
        consents: Consents,
        pseudonyms: Pseudonyms,
        sessions: Sessions,
        terms: Terms,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._vault = vault
        self._enrolment = enrolment
        self._activity = activity
        self._clients = clients
        self._consents = consents
        self._pseudonyms = pseudonyms
        self._sessions = sessions
        self.terms = terms
        self._clock = clock
        self._entropy = entropy

    async def close(self, person_id: bytes) -> None:
        """Delete the account and all that hangs on it; does nothing for one that is closed.

        When the enrolment store is out of reach the account is gone all the same.
        """
        row_id = self._entropy.bytes(16)
        async with self._database.transaction() as transaction:
            # The person first, then consents, as logins lock them: whatever was being written is
            # there by now, and what comes later finds nobody.
            row = await people.locked(transaction, person_id)
            if row is None:
                return
            left = self._left(row)
            # For the outbox alone: the owner hears of it, should it have been somebody else.
            await self._activity.note(transaction, person_id, Happened.ACCOUNT_CLOSED)
            await self._delete(transaction, person_id)
            until = left.kept_day * SECONDS_PER_DAY
            await case_handles.leave(transaction, self._vault, left.notices, until=until)
            facts = {"person": person_id.hex()} | asdict(left)
            sealed = self._vault.seal_facts(_TABLE, row_id, facts, sizes=_SIZES)
            await closings.add(transaction, row_id=row_id, facts_sealed=sealed)
        with suppress(Unavailable):  # housekeeping comes back to it
            await self._tell(row_id, person_id, left)

    async def finish(self, *, batch: int) -> int:
        """Tell the enrolment store of accounts closed before a crash; return how many."""
        rows = await closings.some(self._database, batch=batch)
        for row in rows:
            facts = self._vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
            person_id = bytes.fromhex(facts.pop("person"))
            notices = tuple(SuspensionNotice(**notice) for notice in facts.pop("notices"))
            await self._tell(row["id"], person_id, Closed(**facts, notices=notices))
        return len(rows)

    def _left(self, row: Row) -> Closed:
        sealed, today = row["notice_sealed"], self._clock.now() // SECONDS_PER_DAY
        notices = () if sealed is None else self._vault.open_notices(row["id"], sealed)
        return closed(today, 0 if row["sandbox"] else self.terms.cooling_off_days, notices)

    async def _delete(self, connection: Connection, person_id: bytes) -> None:
        """Delete all of a person, whose row is locked."""
        sectors = await self._clients.sectors(connection)
        tags = self._pseudonyms.tags_in(sectors, person_id)
        client_ids = await self._clients.ids(connection)
        await self._consents.forget(connection, person_id, client_ids)
        await grants.remove_of_holders(connection, tags)
        await pseudonyms.remove(connection, tags)
        await self._sessions.end_every(connection, person_id)  # platforms hear, not why
        await people.remove(connection, person_id)
        # Last: what was under way on a row of the person's has noted it by now.
        await self._activity.clear(connection, person_id, sectors)

    async def _tell(self, row_id: bytes, person_id: bytes, left: Closed) -> None:
        await self._enrolment.close(person_id, left)
        await closings.remove(self._database, row_id)
