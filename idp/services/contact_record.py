"""The sealed form of what is kept about a person's contact address: ``people.contact_sealed``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.contact import Asked, Contact, Held

if TYPE_CHECKING:
    from idp.services.vault import Vault


def open_held(vault: Vault, person_id: bytes, sealed: bytes | None) -> Held:
    """Return what is kept; nothing at all is kept for whoever gave no address."""
    if sealed is None:
        return Held()
    facts = vault.open_contact(person_id, sealed)
    verified, asked = facts["verified"], facts["asked"]
    return Held(
        None if verified is None else Contact(*verified),
        None
        if asked is None
        else Asked(Contact(asked[0], asked[1]), bytes.fromhex(asked[2]), asked[3], asked[4]),
    )


def seal_held(vault: Vault, person_id: bytes, held: Held) -> bytes | None:
    """Return the sealed form; None when nothing is to be kept."""
    if held == Held():
        return None
    verified, asked = held.verified, held.asked
    facts = {
        "verified": None if verified is None else [verified.address, verified.language],
        "asked": None
        if asked is None
        else [
            asked.contact.address,
            asked.contact.language,
            asked.tag.hex(),
            asked.until,
            asked.tries,
        ],
    }
    return vault.seal_contact(person_id, facts)
