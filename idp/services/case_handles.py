"""Whom a case leads to when its person leaves, and when they come back under its suspension.

Each function runs in the transaction that deletes or creates the person. Without this a case would
go on naming an account that is gone, and a suspension that outlived the account (it does, see
``idp.domain.closing``) could be lifted by nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.proposal import WHILE_SUSPENDED
from idp.services.cases import SIZES, TABLE
from idp.storage import proposals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.person import SuspensionNotice
    from idp.services.vault import Vault
    from idp.storage.database import Connection


async def leave(
    connection: Connection, vault: Vault, notices: Sequence[SuspensionNotice], *, until: int
) -> None:
    """Take the person out of the cases that suspend them, and keep those ``until`` then.

    ``until`` in epoch seconds: for as long as the suspension waits for whoever comes back.
    """
    for notice in notices:
        await _lead_to(connection, vault, notice.case_id, None, until)


async def follow(
    connection: Connection, vault: Vault, notices: Sequence[SuspensionNotice], person_id: bytes
) -> None:
    """Let the cases of suspensions that came back lead to the account that is under them now."""
    for notice in notices:
        await _lead_to(connection, vault, notice.case_id, person_id, WHILE_SUSPENDED)


async def _lead_to(
    connection: Connection, vault: Vault, case_id: str, person_id: bytes | None, until: int
) -> None:
    row = await proposals.find(connection, case_id)
    if row is None:  # the sandbox's demonstration, which has no case
        return
    row_id = case_id.encode()
    facts = vault.open_facts(TABLE, row_id, row["facts_sealed"])
    facts["person"] = "" if person_id is None else person_id.hex()
    sealed = vault.seal_facts(TABLE, row_id, facts, sizes=SIZES)
    await proposals.hand_over(connection, case_id, facts_sealed=sealed, until=until)
