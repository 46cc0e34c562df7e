"""Rows for storage tests: ordinary ones, of which a test names only what it is about."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from idp.storage import grants, passkeys, people, pseudonyms

if TYPE_CHECKING:
    from idp.storage.database import Connection

NOW: Final = 1_767_225_600
TODAY: Final = NOW // 86400
SECTOR: Final = "platform:corner-shop"
CLIENT: Final = "corner-shop"
_NUMBERS: Final = itertools.count(1)


def unique(size: int = 16) -> bytes:
    """Bytes that no other call returns."""
    return next(_NUMBERS).to_bytes(size, "big")


async def add_person(database: Connection, **changes: Any) -> bytes:
    """Insert an active person; return the id."""
    columns: dict[str, Any] = {
        "id": unique(),
        "status": "active",
        "sandbox": 1,
        "birth_date_sealed": b"sealed birth date",
        "evidence_sealed": b"sealed evidence",
        "notice_sealed": None,
        "contact_sealed": None,
        "webauthn_user_id": unique(32),
        "created_day": TODAY,
    } | changes
    await people.add(database, **columns)
    person_id: bytes = columns["id"]
    return person_id


async def add_passkey(database: Connection, person_id: bytes, **changes: Any) -> dict[str, Any]:
    """Insert a passkey; return its columns."""
    columns: dict[str, Any] = {
        "id": unique(),
        "person_id": person_id,
        "credential_id": unique(32),
        "public_key": b"a COSE key",
        "sign_count": 0,
        "backup_eligible": 1,
        "backed_up": 0,
        "hardware": 0,
        "facts_sealed": None,
        "created_day": TODAY,
    } | changes
    await passkeys.add(database, **columns)
    return columns


def new_grant(**changes: Any) -> grants.NewGrant:
    """A grant about to be born at `NOW`, its code alive for a minute."""
    columns: dict[str, Any] = {
        "id": unique(),
        "code_digest": unique(32),
        "client_id": CLIENT,
        "facts_sealed": b"sealed facts",
        "code_expires_at": NOW + 60,
        "expires_at": NOW + 660,
    } | changes
    return grants.NewGrant(**columns)


async def add_grant(database: Connection, **changes: Any) -> grants.NewGrant:
    """Insert a person and a grant of theirs."""
    grant = new_grant(**changes)
    person_id = await add_person(database)
    assert await grants.issue(database, grant, network_id="NETWORK1D", person_id=person_id)
    return grant


async def add_pseudonym(database: Connection, holder_tag: bytes, **changes: Any) -> str:
    """Insert a pseudonym in `SECTOR`; return the network ID."""
    columns: dict[str, Any] = {
        "sector": SECTOR,
        "holder_tag": holder_tag,
        "network_id": f"NETWORK{unique(4).hex().upper()}",
        "row_id": unique(),
        "person_sealed": b"sealed person",
    } | changes
    assert await pseudonyms.add(database, **columns)
    network_id: str = columns["network_id"]
    return network_id
