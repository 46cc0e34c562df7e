"""Grants as the token and userinfo services read them, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.grant import Grant

if TYPE_CHECKING:
    from idp.domain.pseudonym import Pseudonym
    from idp.services.vault import Vault
    from idp.storage.database import Row


def read(row: Row, vault: Vault, whose: Pseudonym | None = None) -> Grant:
    """Return the grant in a row of ``grants``, its facts opened.

    ``whose`` it is, where that has been opened already.
    """
    return Grant(
        grant_id=row["id"],
        network_id=(whose or holder(row, vault)).network_id,
        facts=vault.open_grant(row["id"], row["facts_sealed"]),
        code_used=bool(row["code_used"]),
        revoked=bool(row["revoked"]),
    )


def holder(row: Row, vault: Vault) -> Pseudonym:
    """Return whose the grant in such a row is."""
    return vault.open_pseudonym(row["pseudonym_row_id"], row["pseudonym_sealed"])
