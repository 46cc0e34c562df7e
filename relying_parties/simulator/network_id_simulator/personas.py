"""The people of the simulator: each is one thing that happens to a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

AGES: Final = (14, 16, 18, 65)
AGE_CLAIMS: Final = {f"age_over_{age}": age for age in AGES}
"""Claim name to age in years, for every age answer that the provider offers."""
LEAP_DAY: Final = (2, 29)


class UnknownPersonaError(ValueError):
    """There is no such persona; the message names those there are."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One person. ``age_in_days`` is None for whoever turns ``turns`` today.

    ``refused`` is the error that the platform gets instead of a code. Who ``hesitates`` takes as
    many seconds as the configuration says.
    """

    id: str
    born: date | None = None
    age_in_days: int | None = None
    turns: int | None = None
    refused: str | None = None
    hesitates: bool = False

    def birth_date(self, now: int) -> date:
        """Return when they were born, seen from ``now`` (epoch seconds)."""
        today = datetime.fromtimestamp(now, UTC).date()
        if self.turns is not None:
            return _years_before(today, self.turns)
        if self.age_in_days is not None:
            return today - timedelta(days=self.age_in_days)
        return self.born or date(1990, 5, 17)

    def ages(self, now: int) -> dict[str, bool]:
        """Return every age answer at ``now`` (epoch seconds), in UTC."""
        today = datetime.fromtimestamp(now, UTC).date()
        birth_date = self.birth_date(now)
        return {name: has_reached(birth_date, age, today) for name, age in AGE_CLAIMS.items()}


def has_reached(birth_date: date, age: int, today: date) -> bool:
    """Tell whether somebody born on ``birth_date`` is ``age`` years old on the day ``today``.

    Born on 29 February, they come of age on 1 March in common years, as at the provider.
    """
    years = today.year - birth_date.year - _before(today, birth_date)
    return years >= age


def _before(today: date, birth_date: date) -> int:
    return int((today.month, today.day) < (birth_date.month, birth_date.day))


def _years_before(day: date, years: int) -> date:
    if (day.month, day.day) == LEAP_DAY:  # who turns 18 today was born on 29 February or 1 March
        try:
            return day.replace(year=day.year - years)
        except ValueError:
            return date(day.year - years, 3, 1) - timedelta(days=1)
    return day.replace(year=day.year - years)


PERSONAS: Final = {
    persona.id: persona
    for persona in (
        Persona("adult", born=date(1990, 5, 17)),
        Persona("minor", age_in_days=15 * 365 + 187),
        Persona("birthday", turns=18),
        Persona("elder", born=date(1938, 11, 3)),
        Persona("declines", refused="access_denied"),
        Persona("suspended", refused="access_denied"),
        Persona("slow", born=date(1979, 8, 8), hesitates=True),
    )
}


def find(persona_id: str) -> Persona:
    """Return the persona; raises UnknownPersonaError."""
    if persona_id not in PERSONAS:
        known = ", ".join(PERSONAS)
        raise UnknownPersonaError(f"There is no persona {persona_id!r}. There are: {known}.")
    return PERSONAS[persona_id]
