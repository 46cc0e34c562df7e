"""Age answers: whether somebody has reached an age, and never how old they are.

The rules:

1. One comes of age at the start of the day in the civil time zone of the instance.
2. Somebody born on 29 February has their birthday on 1 March in common years, unless the setting
   says 28 February; in leap years on 29 February.
3. "No" is an answer. A birth date in the future gives "no" to every age.
"""

from calendar import isleap
from collections.abc import Iterable
from datetime import MAXYEAR, date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

AGES: Final = (14, 16, 18, 65)
CLAIM_NAMES: Final = {f"age_over_{age}": age for age in AGES}
"""Claim name to age in years, for every age answer that is offered."""


class LeapDayRule(StrEnum):
    """When somebody born on 29 February has their birthday in a common year."""

    FIRST_OF_MARCH = "1-march"
    LAST_OF_FEBRUARY = "28-february"


def answer(
    birth_date: date,
    threshold: int,
    today: date,
    *,
    leap_day_rule: LeapDayRule = LeapDayRule.FIRST_OF_MARCH,
) -> bool:
    """Whether somebody born on `birth_date` is at least `threshold` years old on `today`."""
    year = birth_date.year + threshold
    return year <= MAXYEAR and today >= _birthday(birth_date, year, leap_day_rule)


def answers(
    birth_date: date,
    names: Iterable[str],
    today: date,
    *,
    leap_day_rule: LeapDayRule = LeapDayRule.FIRST_OF_MARCH,
) -> dict[str, bool]:
    """Answer exactly the asked names (`age_over_18` …), in their order.

    Raises ValueError for a name that is not offered: any other age could be asked in steps until
    the birth date is known.
    """
    asked = list(names)
    if not CLAIM_NAMES.keys() >= set(asked):
        raise ValueError("the ages offered are " + ", ".join(CLAIM_NAMES))
    return {
        name: answer(birth_date, CLAIM_NAMES[name], today, leap_day_rule=leap_day_rule)
        for name in asked
    }


def civil_day(epoch: int, zone: ZoneInfo) -> date:
    """Return the day it is in `zone` at `epoch`, whole seconds since 1970-01-01T00:00:00Z."""
    return datetime.fromtimestamp(epoch, zone).date()


def _birthday(birth_date: date, year: int, rule: LeapDayRule) -> date:
    is_leap_day = (birth_date.month, birth_date.day) == (2, 29)
    if not is_leap_day or isleap(year):
        return birth_date.replace(year=year)
    return date(year, 3, 1) if rule is LeapDayRule.FIRST_OF_MARCH else date(year, 2, 28)


class Calendar(Struct, frozen=True):
    """The civil time zone that ages follow, and when somebody born on 29 February comes of age."""

    zone: ZoneInfo
    leap_day_rule: LeapDayRule = LeapDayRule.FIRST_OF_MARCH

    def ages(self, birth_date: date, claims: Iterable[str], now: int) -> dict[str, bool]:
        """Return the age answers among ``claims`` at ``now``, in epoch seconds."""
        return answers(
            birth_date, claims, civil_day(now, self.zone), leap_day_rule=self.leap_day_rule
        )
