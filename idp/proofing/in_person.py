"""In person: an official looks at a document and at whoever shows it, and types what it says.

Trusted is the official, who signed in with a passkey of their own; checked is what they typed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.document import COUNTRIES
from idp.proofing import numbers
from idp.proofing.proof import EvidenceRefused, Fault, Proof

if TYPE_CHECKING:
    from collections.abc import Collection

    from idp.domain.assurance import Assurance

ADAPTER = "in_person"
OLDEST_YEARS = 125
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # ISO 8601 has other forms, with weeks


class Typed(Struct, frozen=True):
    """What a registrar typed, as it came. No ``repr``: it holds a number and a birth date."""

    country: str
    document: str
    number: str
    birth_date: str
    registrar: str

    __repr__ = object.__repr__


class InPerson:
    """Takes what a registrar typed for what a document says.

    ``documents`` are the kinds that this instance knows people by, ``level`` is what a check by
    its registrars is worth.
    """

    name = ADAPTER

    def __init__(self, *, documents: Collection[str], level: Assurance) -> None:
        self._documents = documents
        self._level = level

    async def prove(self, submission: Typed, *, today: date) -> Proof:
        """Return what was read from the document; raises EvidenceRefused."""
        if submission.country not in COUNTRIES:
            raise EvidenceRefused(Fault.COUNTRY)
        if submission.document not in self._documents:
            raise EvidenceRefused(Fault.DOCUMENT)
        born = birth_date(submission.birth_date, today)
        return Proof(
            adapter=self.name,
            level=self._level,
            country=submission.country,
            document=submission.document,
            number=numbers.checked(
                submission.country, submission.document, submission.number, born
            ),
            birth_date=born,
            verifier=submission.registrar,
        )


def birth_date(text: str, today: date) -> date:
    """Read ``YYYY-MM-DD`` as the birth date of somebody alive; raises EvidenceRefused.

    Documents with an unknown day or month cannot be taken: an age could not be told from them.
    """
    try:
        born = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        born = None
    if born is None or born > today or today.year - born.year > OLDEST_YEARS:
        raise EvidenceRefused(Fault.BIRTH_DATE)
    return born
