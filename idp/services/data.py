"""A copy of all that is held about a person, for themselves (promise P5; GDPR articles 15 and 20).

What is held is what the tables hold: a test walks them, and a new one that is neither here nor on
its list of exceptions fails it. Left out is what would open the account to whoever finds the file
(digests of cookies, tags of codes, keys) and the internal number that joins a person's rows, which
leaves the provider in no form.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain import base64url
from idp.domain.activity import Happened
from idp.domain.refusal import Cause, Refusal
from idp.services import grants as reading
from idp.storage import grants, passkeys, people

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.domain.session import Session
    from idp.services.activity import Activity
    from idp.services.appeals import Appeals
    from idp.services.clients import Clients
    from idp.services.consents import Consents
    from idp.services.contacts import Contacts
    from idp.services.enrolment import Enrolment
    from idp.services.passkeys import Passkeys
    from idp.services.people import People
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.recovery import Recovery
    from idp.services.recovery_codes import RecoveryCodes
    from idp.services.resources import Resources
    from idp.services.sessions import Sessions
    from idp.services.vault import Vault
    from idp.storage.database import Database, Row

FORMAT = "network-id-export"
VERSION = 1
_EPOCH = date(1970, 1, 1)


class Sources(Struct, frozen=True):
    """Where what is held is read."""

    database: Database
    vault: Vault
    clock: Clock
    activity: Activity
    appeals: Appeals
    clients: Clients
    consents: Consents
    contacts: Contacts
    enrolment: Enrolment
    passkeys: Passkeys
    people: People
    pseudonyms: Pseudonyms
    recovery: Recovery
    recovery_codes: RecoveryCodes
    resources: Resources
    sessions: Sessions


class Data:
    """Collects what is held about one person."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources

    async def export(self, session: Session) -> dict[str, Any]:
        """Return all that is held about the person of ``session``, in JSON values; notes it.

        Times are RFC 3339 in UTC, days ISO 8601. Raises ``NOT_FOUND`` for a closed account.
        """
        person_id, now = session.person_id, self._from.clock.now()
        async with self._from.database.transaction() as transaction:
            if not await people.hold(transaction, person_id):
                raise Refusal(Cause.NOT_FOUND)
            await self._from.activity.note(transaction, person_id, Happened.DATA_EXPORTED)
        sectors = await self._from.clients.sectors()
        return {
            "format": FORMAT,
            "version": VERSION,
            "made_at": _time(now),
            "person": await self._person(person_id),
            "passkeys": await self._passkeys(person_id),
            "sessions": await self._sessions(session),
            "recovery": await self._recovery(person_id),
            "contact": await self._contact(person_id),
            "network_ids": await self._network_ids(person_id, sectors),
            "consents": await self._consents(person_id),
            "grants": await self._grants(person_id, sectors),
            "activity": await self._activity(person_id, sectors),
            "appeals": await self._appeals(person_id),
            "enrolment": await self._enrolment(person_id),
        }

    async def _person(self, person_id: bytes) -> dict[str, Any]:
        person = await self._from.people.find(person_id)
        row = await people.find(self._from.database, person_id)
        if person is None or row is None:
            raise Refusal(Cause.NOT_FOUND)
        evidence = asdict(person.evidence)
        return {
            "status": person.status.value,
            "practice": person.sandbox,
            "enrolled_on": _day(person.enrolled_day),
            "birth_date": person.birth_date.isoformat(),
            "proof": evidence | {"day": _day(evidence["day"])},
            "suspensions": [
                asdict(notice) | {"since_day": _day(notice.since_day)} for notice in person.notices
            ],
            "passkey_user_id": base64url.encode(row["webauthn_user_id"]),
        }

    async def _passkeys(self, person_id: bytes) -> list[dict[str, Any]]:
        known = {key.id: key for key in await self._from.passkeys.of_person(person_id)}
        return [
            {
                "name": known[row["id"]].facts.name,
                "kind": known[row["id"]].facts.kind.value,
                "made_on": _day(row["created_day"]),
                "used_on": _day(known[row["id"]].facts.used_day),
                "suspicious_on": _day(known[row["id"]].facts.suspicious_day),
                "synced": bool(row["backed_up"]),
                "can_sync": bool(row["backup_eligible"]),
                "hardware": bool(row["hardware"]),
                "counter": row["sign_count"],
                "credential_id": base64url.encode(row["credential_id"]),
                "public_key": base64url.encode(row["public_key"]),
            }
            for row in await passkeys.of_person(self._from.database, person_id)
            if row["id"] in known
        ]

    async def _sessions(self, this: Session) -> list[dict[str, Any]]:
        return [
            {
                "this_one": session.digest == this.digest,
                "signed_in_at": _time(session.authentication.time),
                "last_used_at": _time(session.seen),
                "acr": session.authentication.acr,
                "amr": list(session.authentication.amr),
                "browser": asdict(session.browser),
                "platforms": [asdict(visit) for visit in session.visits],
            }
            for session in await self._from.sessions.of(this.person_id)
        ]

    async def _recovery(self, person_id: bytes) -> dict[str, Any]:
        wait = await self._from.recovery.pending(person_id)
        return {
            "unused_codes": await self._from.recovery_codes.left(person_id),
            "under_way": wait
            and {
                "by": wait.method,
                "asked_at": _time(wait.asked_at),
                "valid_from": _time(wait.valid_from),
            },
        }

    async def _contact(self, person_id: bytes) -> dict[str, Any]:
        held = await self._from.contacts.held(person_id)
        return {
            "address": held.verified and asdict(held.verified),
            "waiting_for_its_code": held.asked and asdict(held.asked.contact),
        }

    async def _network_ids(self, person_id: bytes, sectors: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "sector": found.sector,
                "network_id": found.network_id,
                "since": _day(found.since_day),
                "renewed_on": _day(found.renewed_day),
            }
            for found in await self._from.pseudonyms.everywhere(person_id, sectors)
        ]

    async def _consents(self, person_id: bytes) -> list[dict[str, Any]]:
        client_ids = await self._from.clients.ids()
        catalogue = await self._from.resources.catalogue()
        return [
            {
                "client_id": consent.client_id,
                "sector": consent.sector,
                "items": sorted(consent.items),
                "permissions": catalogue.told(consent.items, ""),
                "given_at": _time(consent.given_at),
                "ends_on": _day(consent.expires_day),
                "record": consent.record,
            }
            for consent in await self._from.consents.everywhere(person_id, client_ids)
        ]

    async def _grants(self, person_id: bytes, sectors: list[str]) -> list[dict[str, Any]]:
        tags = self._from.pseudonyms.tags_in(sectors, person_id)
        rows = await grants.of_holders(self._from.database, tags)
        found = [(row, reading.read(row, self._from.vault)) for row in rows]
        return [
            {
                "client_id": grant.client_id,
                "network_id": grant.network_id,
                "scope": list(grant.facts.scope),
                "resource": grant.facts.resource,
                "claims": sorted({*grant.facts.id_token_claims, *grant.facts.userinfo_claims}),
                "age_answers": dict(grant.facts.ages),
                "signed_in_at": _time(grant.facts.auth_time),
                "acr": grant.facts.acr,
                "amr": list(grant.facts.amr),
                "sid": grant.facts.sid,
                "revoked": grant.revoked,
                "stays_connected": self._stay(row),
                "deleted_after": _time(row["expires_at"] or None),
            }
            for row, grant in found
        ]

    def _stay(self, row: Row) -> dict[str, Any] | None:
        if row["chain_sealed"] is None:
            return None
        chain = self._from.vault.open_chain(row["id"], row["chain_sealed"])
        return {
            "since": _day(chain.begun_day),
            "used_on": _day(chain.used_day),
            "until": _day(chain.until_day),
            "renewed_at": _time(chain.rotated_at),
            "times_renewed": chain.generation - 1,
        }

    async def _activity(self, person_id: bytes, sectors: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "happened": event.happened.value,
                "at": _time(event.at),
                "sector": event.sector or None,
                "detail": dict(event.detail),
            }
            for event in await self._from.activity.events(person_id, sectors)
        ]

    async def _appeals(self, person_id: bytes) -> list[dict[str, Any]]:
        return [
            {
                "state": appeal.state.value,
                "case": appeal.case_id or None,
                "text": appeal.text,
                "at": _time(appeal.at),
                "reply": appeal.reply or None,
                "replied_at": _time(appeal.replied_at or None),
            }
            for appeal in await self._from.appeals.of_person(person_id)
        ]

    async def _enrolment(self, person_id: bytes) -> dict[str, Any]:
        state = await self._from.enrolment.state(person_id)
        return {"check_value_kept": state is not None, "state": state}


def _day(days: int | None) -> str | None:
    return None if days is None else (_EPOCH + timedelta(days=days)).isoformat()


def _time(epoch: int | None) -> str | None:
    return None if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
