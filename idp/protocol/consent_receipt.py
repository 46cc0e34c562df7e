"""A consent receipt: the signed record of one yes, by the fields of ISO/IEC TS 27560:2023.

Rules in prose. A receipt belongs to the person. It names one platform and the network ID there,
never the person and never another platform, and it holds no value that a receipt of the same
person at another platform holds too (promise P2): identifiers are random, and there is no time of
signing. It says what was allowed, not the answers that were given. Its type is its own
(RFC 8725 §3.11): nobody accepts it in the place of a token, and nobody here reads one.

Field names are the standard's, in snake case; where they were taken from stands in DECISIONS 34.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain.age import CLAIM_NAMES as AGE_CLAIMS
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.grant import ACCESS_TOKEN_SECONDS, CODE_SECONDS
from idp.domain.release import (
    CLAIM_ASSURANCE,
    CLAIM_AUTH_TIME,
    ITEM_HARDWARE,
    ITEM_NETWORK_ID,
    SCOPE_OFFLINE,
    SCOPE_OPENID,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TYP = "consent-receipt+jwt"
SCHEMA = "ISO/IEC TS 27560:2023"
_UNKNOWN = "not declared by the platform"
_WHAT = {
    SCOPE_OPENID: ("network ID, a pseudonym used on this platform only", "sub"),
    ITEM_NETWORK_ID: ("network ID, a pseudonym used on this platform only", "sub"),
    CLAIM_AUTH_TIME: ("time of the sign-in", CLAIM_AUTH_TIME),
    CLAIM_ASSURANCE: ("how surely the identity was proved", CLAIM_ASSURANCE),
    SCOPE_OFFLINE: ("permission to stay connected while the person is away", SCOPE_OFFLINE),
    ITEM_HARDWARE: ("that the sign-in used a key in protected hardware", "acr"),
} | {
    name: (f"answer yes or no: at least {age} years old", name) for name, age in AGE_CLAIMS.items()
}


class Controller(Struct, frozen=True):
    """The platform: its client's id, its name, its own words in ``language``, or empty."""

    client_id: str
    name: str
    language: str
    purpose: str = ""
    policy_uri: str | None = None


class Allowed(Struct, frozen=True):
    """The yes itself: to which items, under which network ID, in epoch seconds and days.

    ``until_day`` is None for a yes that was not remembered. ``permissions`` are the items about
    resources, in words.
    """

    network_id: str
    record: str
    items: frozenset[str]
    given_at: int
    until_day: int | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    withdrawn_at: int | None = None


def claims(
    controller: Controller, allowed: Allowed, *, issuer: str, receipt_id: str
) -> dict[str, object]:
    """Return the receipt, to be signed with ``TYP``."""
    return {
        "iss": issuer,
        "receipt_id": receipt_id,
        "schema_version": SCHEMA,
        "consent_record": {
            "schema_version": SCHEMA,
            "record_id": allowed.record,
            "pii_principal_id": allowed.network_id,
            "pii_processing": _processing(controller, allowed, issuer),
            "party_identification": _parties(controller, issuer),
            "events": _events(allowed),
        },
    }


def _processing(controller: Controller, allowed: Allowed, issuer: str) -> dict[str, object]:
    return {
        "privacy_notice": controller.policy_uri or f"{issuer}/privacy",
        "language": controller.language,
        "purposes": [
            {
                "purpose": controller.purpose or "to recognise a returning person",
                "lawful_basis": "consent",
                "pii_information": [
                    _information(item, allowed.permissions) for item in sorted(allowed.items)
                ],
                "pii_controllers": [controller.client_id],
                "collection_method": "shown to the person on a consent page, and allowed there",
                "processing_method": "sent in signed tokens at a sign-in (OpenID Connect)",
                "storage_locations": [_UNKNOWN],
                "retention_period": _UNKNOWN,
                "jurisdiction": _UNKNOWN,
                "recipient_third_parties": [_UNKNOWN],
                "withdrawal_method": f"{issuer}/account/platforms",
                "privacy_rights": f"{issuer}/privacy",
            }
        ],
    }


def _information(item: str, permissions: Mapping[str, str]) -> dict[str, object]:
    what, attribute = _WHAT.get(item, (permissions.get(item, item), item))
    return {
        "pii_type": what,
        "pii_attribute_id": attribute,
        "pii_optional": item not in {SCOPE_OPENID, ITEM_NETWORK_ID},
    }


def _parties(controller: Controller, issuer: str) -> list[Mapping[str, str]]:
    return [
        {
            "party_id": controller.client_id,
            "party_name": controller.name,
            "party_role": "PII controller",
            "party_contact": controller.policy_uri or _UNKNOWN,
        },
        {
            "party_id": issuer,
            "party_name": "Network ID",
            "party_role": "identity provider",
            "party_contact": f"{issuer}/help",
        },
    ]


def _events(allowed: Allowed) -> list[Mapping[str, str]]:
    given = {
        "event_time": _time(allowed.given_at),
        "validity_duration": _duration(allowed),
        "entity_id": allowed.network_id,
        "event_type": "explicit consent",
        "event_state": "consent given",
    }
    if allowed.withdrawn_at is None:
        return [given]
    return [
        given,
        {
            "event_time": _time(allowed.withdrawn_at),
            "entity_id": allowed.network_id,
            "event_type": "explicit consent",
            "event_state": "consent withdrawn",
        },
    ]


def _duration(allowed: Allowed) -> str:
    """Return how long the yes holds, as ISO 8601 has durations."""
    if allowed.until_day is None:
        return f"PT{CODE_SECONDS + ACCESS_TOKEN_SECONDS}S"
    return f"P{allowed.until_day - allowed.given_at // SECONDS_PER_DAY}D"


def _time(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
