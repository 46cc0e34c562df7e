"""Everything that is stored sealed: which column, of which size, in which form (DESIGN §4).

The size is the same for every row of a column, or one of few, so that a ciphertext's length tells
nothing. The row's own identifier is authenticated with it: a value moved to another row fails.
"""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from idp.domain import compact_json, grant_record
from idp.domain.browser import Browser
from idp.domain.consent import Consent
from idp.domain.passkey import Kind, PasskeyFacts
from idp.domain.person import Evidence, SuspensionNotice
from idp.domain.pseudonym import Pseudonym
from idp.domain.refresh_token import Chain
from idp.domain.session import Authentication, Session, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.grant import GrantFacts
    from idp.domain.sealing import Sealer

_DATE, _SMALL = 16, 512
_NOTICES = (4096, 32768)
_FACTS = (512, 2048)
# One size: a longer one would tell which platform it is, by what is registered in clear.
_CONSENT_SIZES = (768,)
# With tags, handle and times 1002 bytes at most: SQLite writes a longer row to two pages, and every
# login twice. The longest record fits without its nonce (``idp.domain.grant_record``).
_GRANT_SIZES = (864,)
_CHAIN_SIZES = (320,)
_PASSKEY_SIZES = (1024,)  # the longest name fits: one size, so that none tells how long it is
_SESSION_SIZES = (2048, 8192, 32768)
_VISIT = 2
_NONCE = "nonce"
_CHAIN_MEMBERS = tuple(Chain.__struct_fields__)
_members_of_chain = attrgetter(*_CHAIN_MEMBERS)


class Vault:
    """Seals and opens the columns that hold personal data, under the field key."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal_birth_date(self, person_id: bytes, birth_date: date) -> bytes:
        """Seal for ``people.birth_date_sealed``."""
        return self._sealer.seal(
            birth_date.isoformat().encode(),
            table="people",
            column="birth_date_sealed",
            row=person_id,
            size=_DATE,
        )

    def open_birth_date(self, person_id: bytes, sealed: bytes) -> date:
        """Open ``people.birth_date_sealed``."""
        plain = self._sealer.open(sealed, table="people", column="birth_date_sealed", row=person_id)
        return date.fromisoformat(plain.decode())

    def seal_evidence(self, person_id: bytes, evidence: Evidence) -> bytes:
        """Seal for ``people.evidence_sealed``."""
        return self._seal_json(asdict(evidence), "people", "evidence_sealed", person_id, (_SMALL,))

    def open_evidence(self, person_id: bytes, sealed: bytes) -> Evidence:
        """Open ``people.evidence_sealed``."""
        return Evidence(**self._open_json(sealed, "people", "evidence_sealed", person_id))

    def seal_notices(self, person_id: bytes, notices: Sequence[SuspensionNotice]) -> bytes:
        """Seal for ``people.notice_sealed``: every suspension that a person is under."""
        every = {"notices": [asdict(notice) for notice in notices]}
        return self._seal_json(every, "people", "notice_sealed", person_id, _NOTICES)

    def open_notices(self, person_id: bytes, sealed: bytes) -> tuple[SuspensionNotice, ...]:
        """Open ``people.notice_sealed``."""
        every = self._open_json(sealed, "people", "notice_sealed", person_id)
        notices = every.get("notices", [every])  # the first revision kept one, as it is
        return tuple(SuspensionNotice(**notice) for notice in notices)

    def seal_contact(self, person_id: bytes, facts: dict[str, Any]) -> bytes:
        """Seal for ``people.contact_sealed``."""
        return self._seal_json(facts, "people", "contact_sealed", person_id, (1024,))

    def open_contact(self, person_id: bytes, sealed: bytes) -> dict[str, Any]:
        """Open ``people.contact_sealed``."""
        facts: dict[str, Any] = self._open_json(sealed, "people", "contact_sealed", person_id)
        return facts

    def seal_pseudonym(self, row_id: bytes, pseudonym: Pseudonym) -> bytes:
        """Seal for ``pseudonyms.facts_sealed``."""
        facts = asdict(pseudonym) | {"person_id": pseudonym.person_id.hex()}
        return self.seal_facts("pseudonyms", row_id, facts)

    def open_pseudonym(self, row_id: bytes, sealed: bytes) -> Pseudonym:
        """Open ``pseudonyms.facts_sealed``."""
        facts = self.open_facts("pseudonyms", row_id, sealed)
        facts["person_id"] = bytes.fromhex(facts["person_id"])
        return Pseudonym(**facts)

    def seal_consent(self, row_id: bytes, consent: Consent) -> bytes:
        """Seal for ``consents.facts_sealed``."""
        facts = asdict(consent) | {"items": sorted(consent.items)}
        return self.seal_facts("consents", row_id, facts, sizes=_CONSENT_SIZES)

    def open_consent(self, row_id: bytes, sealed: bytes) -> Consent:
        """Open ``consents.facts_sealed``."""
        facts = self.open_facts("consents", row_id, sealed)
        return Consent(**facts | {"items": frozenset(facts["items"])})

    def seal_enrolled(self, row_id: bytes, person_id: bytes) -> bytes:
        """Seal for ``enrolments.person_sealed``."""
        return self._sealer.seal(
            person_id, table="enrolments", column="person_sealed", row=row_id, size=32
        )

    def open_enrolled(self, row_id: bytes, sealed: bytes) -> bytes:
        """Open ``enrolments.person_sealed``."""
        return self._sealer.open(sealed, table="enrolments", column="person_sealed", row=row_id)

    def seal_session(self, session: Session) -> bytes:
        """Seal for ``sessions.facts_sealed``: all but the digest and the person."""
        how = session.authentication
        facts = {
            "time": how.time,
            "acr": how.acr,
            "amr": how.amr,
            "passkey": how.passkey,
            "seen": session.seen,
            "browser": [session.browser.family, session.browser.system],
            "visits": [[v.client_id, v.sid] for v in session.visits],
        }
        return self._seal_json(facts, "sessions", "facts_sealed", session.digest, _SESSION_SIZES)

    def open_session(self, digest: bytes, person_id: bytes, sealed: bytes) -> Session:
        """Open ``sessions.facts_sealed``."""
        facts = self._open_json(sealed, "sessions", "facts_sealed", digest)
        return Session(
            digest=digest,
            person_id=person_id,
            authentication=Authentication(
                facts["time"], facts["acr"], tuple(facts["amr"]), facts.get("passkey", "")
            ),
            seen=facts["seen"],
            # Those of the first revision have a third member, a network ID. These are all drawn
            # anew since then, so a ``sid`` of before must not go on: it would join the two.
            visits=tuple(Visit(*visit) for visit in facts["visits"] if len(visit) == _VISIT),
            browser=Browser(*facts.get("browser", ())),
        )

    def seal_grant(self, grant_id: bytes, facts: GrantFacts) -> bytes:
        """Seal for ``grants.facts_sealed``; raises TooLong, which it never is without a nonce."""
        record = grant_record.written(facts)
        return self._seal_json(record, "grants", "facts_sealed", grant_id, _GRANT_SIZES)

    def open_grant(self, grant_id: bytes, sealed: bytes) -> GrantFacts:
        """Open ``grants.facts_sealed``."""
        return grant_record.read(self._open_json(sealed, "grants", "facts_sealed", grant_id))

    def seal_nonce(self, nonce: str) -> str:
        """Seal a nonce that travels in its code."""
        return self._sealer.seal_token(_NONCE, nonce.encode())

    def open_nonce(self, sealed: str) -> str:
        """Open what ``seal_nonce`` sealed; raises SealBroken."""
        return self._sealer.open_token(_NONCE, sealed).decode()

    def seal_chain(self, grant_id: bytes, chain: Chain) -> bytes:
        """Seal for ``grants.chain_sealed``."""
        members = dict(zip(_CHAIN_MEMBERS, _members_of_chain(chain), strict=True))
        members["seed"] = chain.seed.hex()
        return self._seal_json(members, "grants", "chain_sealed", grant_id, _CHAIN_SIZES)

    def open_chain(self, grant_id: bytes, sealed: bytes) -> Chain:
        """Open ``grants.chain_sealed``."""
        members = self._open_json(sealed, "grants", "chain_sealed", grant_id)
        return Chain(**members | {"seed": bytes.fromhex(members["seed"])})

    def seal_passkey(self, row_id: bytes, facts: PasskeyFacts) -> bytes:
        """Seal for ``passkeys.facts_sealed``."""
        return self._seal_json(asdict(facts), "passkeys", "facts_sealed", row_id, _PASSKEY_SIZES)

    def open_passkey(self, row_id: bytes, sealed: bytes | None) -> PasskeyFacts:
        """Open ``passkeys.facts_sealed``; None stands where nothing was kept yet."""
        if sealed is None:
            return PasskeyFacts()
        facts = self._open_json(sealed, "passkeys", "facts_sealed", row_id)
        return PasskeyFacts(**facts | {"kind": Kind(facts["kind"])})

    def seal_facts(
        self, table: str, row: bytes, facts: dict[str, Any], *, sizes: tuple[int, ...] = _FACTS
    ) -> bytes:
        """Seal a record of JSON values for the column ``facts_sealed`` of ``table``.

        ``sizes`` are the few lengths that its values have; longer ones raise ValueError.
        """
        return self._seal_json(facts, table, "facts_sealed", row, sizes)

    def open_facts(self, table: str, row: bytes, sealed: bytes) -> dict[str, Any]:
        """Open what ``seal_facts`` sealed for this very row; raises SealBroken."""
        facts: dict[str, Any] = self._open_json(sealed, table, "facts_sealed", row)
        return facts

    def _seal_json(
        self, value: Any, table: str, column: str, row: bytes, sizes: tuple[int, ...]
    ) -> bytes:
        plain = compact_json.write(value)
        size = next((size for size in sizes if len(plain) <= size), sizes[-1])
        return self._sealer.seal(plain, table=table, column=column, row=row, size=size)

    def _open_json(self, sealed: bytes, table: str, column: str, row: bytes) -> Any:
        return compact_json.read(self._sealer.open(sealed, table=table, column=column, row=row))
