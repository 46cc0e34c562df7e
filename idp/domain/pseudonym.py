"""A pseudonym: what one person is called in one sector, and since when.

Rules in prose. The network ID is drawn at the first *Allow* in a sector and stays until the person
renews it there; the old one is never given to anybody again. A person may renew it once in
``RENEWAL_DAYS``, or "one unique person" would mean nothing to a platform (DESIGN §4).
"""

from __future__ import annotations

from msgspec import Struct

RENEWAL_DAYS = 180


class Pseudonym(Struct, frozen=True):
    """One person in one sector. Days count since the epoch; ``renewed_day`` is None before."""

    network_id: str
    person_id: bytes
    sector: str
    since_day: int
    renewed_day: int | None = None

    def renewable_day(self, period: int = RENEWAL_DAYS) -> int:
        """Return the first day on which it may be renewed: the day it was drawn, if never yet."""
        return self.since_day if self.renewed_day is None else self.renewed_day + period
