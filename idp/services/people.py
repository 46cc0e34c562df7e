"""What is kept of a person themselves, for the person's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.person import Person, PersonStatus
from idp.storage import people

if TYPE_CHECKING:
    from idp.services.vault import Vault
    from idp.storage.database import Database


class People:
    """Reads people."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def find(self, person_id: bytes) -> Person | None:
        """Return the person, opened; None when the account is closed."""
        row = await people.find(self._database, person_id)
        if row is None:
            return None
        sealed = row["notice_sealed"]
        return Person(
            status=PersonStatus(row["status"]),
            sandbox=bool(row["sandbox"]),
            enrolled_day=row["created_day"],
            evidence=self._vault.open_evidence(person_id, row["evidence_sealed"]),
            birth_date=self._vault.open_birth_date(person_id, row["birth_date_sealed"]),
            notices=() if sealed is None else self._vault.open_notices(person_id, sealed),
        )
