"""Rows for storage tests: ordinary ones, of which a test names only what it is about."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from idp.storage import (
    activity,
    consents,
    grants_born,
    operators,
    passkeys,
    people,
    proposals,
    pseudonyms,
)

if TYPE_CHECKING:
    from idp.storage.database import Connection

NOW: Final = 1_767_225_600
TODAY: Final = NOW // 86400
HOLDER: Final = b"h" * 32
CONSENT: Final = b"c" * 32
ITEMS: Final = b"i" * 32
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


def new_event(**changes: Any) -> activity.NewEvent:
    """An event about to be stored today."""
    columns: dict[str, Any] = {
        "id": unique(),
        "tag": unique(32),
        "facts_sealed": b"sealed event",
        "day": TODAY,
    } | changes
    return activity.NewEvent(**columns)


def new_grant(**changes: Any) -> grants_born.NewGrant:
    """A grant about to be born at `NOW`, its code alive for a minute."""
    columns: dict[str, Any] = {
        "id": unique(),
        "holder_tag": HOLDER,
        "consent_tag": CONSENT,
        "facts_sealed": b"sealed facts",
        "expires_at": NOW + 660,
    } | changes
    return grants_born.NewGrant(**columns)


async def add_grant(database: Connection, **changes: Any) -> grants_born.NewGrant:
    """Insert a person, their pseudonym, and a grant that hangs on it."""
    changes = {"holder_tag": unique(32), "consent_tag": unique(32)} | changes
    grant = new_grant(**changes)
    await add_pseudonym(database, grant.holder_tag)
    person_id = await add_person(database)
    assert await grants_born.issue(database, grant, new_event(), person_id=person_id)
    return grant


async def add_pseudonym(database: Connection, holder_tag: bytes, **changes: Any) -> bytes:
    """Insert a pseudonym; return the tag of its network ID."""
    columns: dict[str, Any] = {
        "holder_tag": holder_tag,
        "network_id_tag": unique(32),
        "row_id": unique(),
        "facts_sealed": b"sealed pseudonym",
    } | changes
    assert await pseudonyms.add(database, **columns)
    tag: bytes = columns["network_id_tag"]
    return tag


async def put_consent(database: Connection, tag: bytes = CONSENT, **changes: Any) -> None:
    """Remember a consent that ends tomorrow."""
    columns: dict[str, Any] = {
        "tag": tag,
        "items_tag": ITEMS,
        "row_id": unique(),
        "facts_sealed": b"sealed consent",
        "expires_day": TODAY + 1,
    } | changes
    await consents.put(database, **columns)


async def add_operator(database: Connection, **changes: Any) -> bytes:
    """Insert an operator of support; return the id."""
    columns: dict[str, Any] = {
        "id": unique(),
        "status": "invited",
        "roles": "support",
        "facts_sealed": b"sealed name",
        "webauthn_user_id": unique(32),
        "created_day": TODAY,
    } | changes
    await operators.add(database, **columns)
    operator_id: bytes = columns["id"]
    return operator_id


async def add_proposal(database: Connection, **changes: Any) -> str:
    """Insert an open proposal that opens a case; return its id."""
    proposal_id = f"CASE-{unique(4).hex()}"
    columns: dict[str, Any] = {
        "id": proposal_id,
        "act": "unmask",
        "state": "open",
        "facts_sealed": b"sealed facts",
        "proposed_by": b"the one",
        "decided_by": None,
        "expires_at": NOW + 60,
        "case_id": proposal_id,
    } | changes
    await proposals.add(database, **columns)
    added: str = columns["id"]
    return added
