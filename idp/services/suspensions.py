"""Suspending an account and lifting it: what becomes of the person, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.activity import Happened
from idp.domain.person import PersonStatus
from idp.storage import grants, people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.person import SuspensionNotice
    from idp.services.activity import Activity
    from idp.services.clients import Clients
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.sessions import Sessions
    from idp.services.vault import Vault
    from idp.storage.database import Connection

MOST_AT_ONCE = 4  # a few thousand bytes of notices at most


class Suspensions:
    """A person's suspensions. Each has a case of its own, and ends by its own case alone."""

    def __init__(
        self,
        *,
        vault: Vault,
        activity: Activity,
        clients: Clients,
        pseudonyms: Pseudonyms,
        sessions: Sessions,
    ) -> None:
        self._vault = vault
        self._activity = activity
        self._clients = clients
        self._pseudonyms = pseudonyms
        self._sessions = sessions

    async def of(self, connection: Connection, person_id: bytes) -> tuple[SuspensionNotice, ...]:
        """Return the suspensions that a person is under; none of somebody who is gone."""
        row = await people.find(connection, person_id)
        return () if row is None else self._read(person_id, row["notice_sealed"])

    async def begin(
        self, connection: Connection, person_id: bytes, notice: SuspensionNotice
    ) -> bool:
        """Suspend, and end every live grant of the person at once, at all platforms.

        False when the person is gone, is suspended in this case already, or in too many.
        """
        row = await people.locked(connection, person_id)
        if row is None:
            return False
        notices = self._read(person_id, row["notice_sealed"])
        known = {one.case_id for one in notices}
        if notice.case_id in known or len(notices) >= MOST_AT_ONCE:
            return False
        await self._write(connection, person_id, [*notices, notice])
        # After the row is locked: a grant that was being issued is there to be ended by now, or it
        # sees the suspension and is not issued (DESIGN §4).
        sectors = await self._clients.sectors(connection)
        tags = self._pseudonyms.tags_in(sectors, person_id)
        await grants.revoke_of_holders(connection, tags)
        # Promise P6: platforms hear what they hear of any sign-out. The person stays signed in
        # here, where they read why.
        await self._sessions.forget_visits(connection, person_id)
        await self._activity.note(connection, person_id, Happened.SUSPENDED, case=notice.case_id)
        return True

    async def end(self, connection: Connection, person_id: bytes, case_id: str) -> bool:
        """Lift the suspension of one case; what was ended by it stays ended.

        False when there is none.
        """
        row = await people.locked(connection, person_id)
        notices = () if row is None else self._read(person_id, row["notice_sealed"])
        left = [notice for notice in notices if notice.case_id != case_id]
        if len(left) == len(notices):
            return False
        await self._write(connection, person_id, left)
        await self._activity.note(connection, person_id, Happened.SUSPENSION_LIFTED, case=case_id)
        return True

    async def _write(
        self, connection: Connection, person_id: bytes, notices: Sequence[SuspensionNotice]
    ) -> None:
        status = PersonStatus.SUSPENDED if notices else PersonStatus.ACTIVE
        sealed = self._vault.seal_notices(person_id, notices) if notices else None
        await people.set_status(connection, person_id, status.value, sealed)

    def _read(self, person_id: bytes, sealed: bytes | None) -> tuple[SuspensionNotice, ...]:
        return () if sealed is None else self._vault.open_notices(person_id, sealed)
