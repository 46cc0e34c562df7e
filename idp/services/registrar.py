"""The registrar's desk: what was read from a document becomes a one-time code on a slip.

The registrar learns nothing from it: issuing looks no account up, and takes the same steps for
everybody. What stays of it at the desk is an entry in the audit log with a random case id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.age import civil_day
from idp.domain.audit import Act
from idp.proofing.in_person import Typed
from idp.proofing.proof import EvidenceRefused
from idp.services.vouchers import DEFAULT_SECONDS, LONGEST_SECONDS, SHORTEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from idp.domain.clock import Clock, Entropy
    from idp.proofing.proof import Adapter
    from idp.services.audit import Audit
    from idp.services.enrolment import Enrolment
    from idp.services.vouchers import Vouchers
    from idp.storage.database import Database

LIFETIMES = (SHORTEST_SECONDS, 60 * 60, DEFAULT_SECONDS, 3 * DEFAULT_SECONDS, LONGEST_SECONDS)
"""How long a code may be valid, in seconds, for a registrar to choose from."""
_CASE_BYTES = 8


class Seen(Struct, frozen=True):
    """What a registrar read from a document. No ``repr``: it holds a number and a birth date."""

    country: str
    document: str
    number: str
    birth_date: str

    __repr__ = object.__repr__


class Slip(Struct, frozen=True):
    """What is printed: the code, and the moment that ends it, in seconds since the epoch."""

    code: str
    until: int
    case_id: str

    __repr__ = object.__repr__


class SlipRefused(Exception):
    """What was typed proves nothing; ``fault`` is the name of what is wrong, never a value."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Office(Struct, frozen=True):
    """How an instance's registrars work: kinds of document, usual country, local time."""

    documents: Sequence[str]
    country: str
    zone: ZoneInfo


class Registrar:
    """Issues codes for what registrars saw."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app does the joining
        self,
        office: Office,
        adapter: Adapter[Typed],
        *,
        database: Database,
        enrolment: Enrolment,
        vouchers: Vouchers,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.office = office
        self._adapter = adapter
        self._database = database
        self._enrolment = enrolment
        self._vouchers = vouchers
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    @property
    def today(self) -> str:
        """The civil day at the office, as ``YYYY-MM-DD``: nobody was born later."""
        return civil_day(self._clock.now(), self.office.zone).isoformat()

    async def issue(self, seen: Seen, *, seconds: int, operator_id: bytes) -> Slip:
        """Return the slip for a person whose document was seen; raises SlipRefused.

        ``seconds`` is one of ``LIFETIMES``. The entry in the audit log comes first: a code that
        nobody wrote down does not exist.
        """
        if seconds not in LIFETIMES:
            raise SlipRefused("lifetime")
        typed = Typed(seen.country, seen.document, seen.number, seen.birth_date, operator_id.hex())
        try:
            today = civil_day(self._clock.now(), self.office.zone)
            proof = await self._adapter.prove(typed, today=today)
        except EvidenceRefused as error:
            raise SlipRefused(error.fault.value) from None
        case_id = self._entropy.bytes(_CASE_BYTES).hex()
        async with self._database.transaction() as transaction:
            await self._audit.record(
                transaction, Act.ENROLMENT_CODE_ISSUED, operator_id=operator_id, case_id=case_id
            )
        issued = await self._vouchers.issue(self._enrolment.identity(proof), seconds=seconds)
        return Slip(issued.code, issued.expires_at, case_id)
