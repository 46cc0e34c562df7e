"""Citizens of no country, for sandbox mode: six personas to sign in as, and others to enrol.

They exist on paper here and nowhere else; the country code XX is user-assigned in ISO 3166-1, so
no real number can be among theirs.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from idp.domain.assurance import Assurance
from idp.proofing.proof import EvidenceRefused, Fault, Proof

ADAPTER = "sandbox"
COUNTRY = "XX"
DOCUMENT = "sandbox"


class Citizen(Struct, frozen=True):
    """A citizen of the sandbox. ``born`` is a date, or an age in days for those who stay young.

    ``direction`` and ``language`` (BCP 47, may be empty) say how the label is to be shown.
    """

    id: str
    label: str
    number: str
    born: date | timedelta
    direction: Literal["ltr", "rtl"] = "ltr"
    language: str = ""
    suspended: bool = False

    @property
    def birth_year(self) -> str:
        """The year of birth, or nothing for those who stay young."""
        return str(self.born.year) if isinstance(self.born, date) else ""

    def proof(self, today: date) -> Proof:
        """Return what proofing this citizen establishes on the day ``today``."""
        birth_date = self.born if isinstance(self.born, date) else today - self.born
        return Proof(ADAPTER, Assurance.NONE, COUNTRY, DOCUMENT, self.number, birth_date)


class Sandbox:
    """Takes anybody for the citizen they name: an adapter for where nobody is real."""

    name = ADAPTER

    async def prove(self, submission: str, *, today: date) -> Proof:
        """Return the proof of the persona or citizen with this id; raises EvidenceRefused."""
        found = persona(submission) or citizen(submission)
        if found is None:
            raise EvidenceRefused(Fault.CITIZEN)
        return found.proof(today)


_FIFTEEN_AND_A_HALF = timedelta(days=15 * 365 + 187)

PERSONAS: tuple[Citizen, ...] = (
    Citizen("adult", "Ordinary adult", "X1990-0517-01", date(1990, 5, 17)),
    Citizen("minor", "Minor of 15", "X2010-0101-02", _FIFTEEN_AND_A_HALF),
    Citizen(
        "elder",
        "一位名字特别长的年长公民用来查看很长的中日韩文字标签在窄屏幕上怎样换行显示",
        "X1938-1103-03",
        date(1938, 11, 3),
        language="zh-Hans",
    ),
    Citizen(
        "rtl",
        "مواطن بالغ يكتب من اليمين إلى اليسار",
        "X1984-0229-04",
        date(1984, 2, 29),
        direction="rtl",
        language="ar",
    ),
    Citizen("suspended", "Suspended account", "X1979-0808-05", date(1979, 8, 8), suspended=True),
    Citizen("newcomer", "First visit anywhere", "X1999-1231-06", date(1999, 12, 31)),
)

CITIZENS: tuple[Citizen, ...] = tuple(
    Citizen(
        f"citizen-{place:02}",
        f"Sandbox citizen {place}",
        f"X{1950 + 5 * place}-0{1 + place % 9}1{place % 10}-{50 + place}",
        date(1950 + 5 * place, 1 + place % 12, 10 + place),
    )
    for place in range(1, 13)
)


def persona(persona_id: str) -> Citizen | None:
    """Return the persona by this id, or None."""
    return next((citizen for citizen in PERSONAS if citizen.id == persona_id), None)


def citizen(citizen_id: str) -> Citizen | None:
    """Return the citizen to enrol by this id, or None."""
    return next((citizen for citizen in CITIZENS if citizen.id == citizen_id), None)
