"""What an adapter establishes about a person; used once by the enrolment service, then dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """An established identity. No ``repr``: the number must reach no log (promise P1).

    ``country`` is ISO 3166-1 alpha-2, ``level`` the assurance level of the trust framework.
    """

    adapter: str
    level: str
    country: str
    document: str
    number: str
    birth_date: date
