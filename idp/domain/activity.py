"""A person's activity: what happened in their account, told to nobody else.

Rules in prose. An event says what happened and when; one that concerns a platform names it inside
the seal. Events are kept ``KEPT_DAYS``, unless
the operator has set another time, and can be cleared by the person at any time (promise P5).

Events of days that stand together lie in one *slot* of a ring, so that a slot can be emptied at
once when the last of its days is over (DECISIONS 81). An event says itself in which it lies, so the
length of a slot may change with the days that are kept.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_DAYS = 90
SLOTS: Final = 32
OLD_SLOT: Final = 0  # outside the ring: events of before there was one, of any day
_SPARE: Final = 3  # the slot of today, the one that is about to go, and one whose turn is late


class Happened(StrEnum):
    """What an event is about; the pages have words for each."""

    ENROLLED = auto()
    SIGNED_IN = auto()
    PLATFORM_ALLOWED = auto()
    PLATFORM_SIGNED_IN = auto()
    PLATFORM_WITHDRAWN = auto()
    NETWORK_ID_RENEWED = auto()
    CONNECTION_ENDED = auto()
    CONNECTION_CUT = auto()
    PASSKEY_ADDED = auto()
    PASSKEY_RENAMED = auto()
    PASSKEY_REMOVED = auto()
    PASSKEY_SUSPICIOUS = auto()
    RECOVERY_CODES_MADE = auto()
    RECOVERY_STARTED = auto()
    RECOVERY_STOPPED = auto()
    RECOVERY_COMPLETED = auto()
    CONTACT_CHANGED = auto()
    SIGNED_OUT = auto()
    SESSION_ENDED = auto()
    SESSIONS_ENDED = auto()
    DATA_EXPORTED = auto()
    ACTIVITY_CLEARED = auto()
    SUSPENDED = auto()
    SUSPENSION_LIFTED = auto()
    APPEALED = auto()
    CASE_OPENED = auto()
    APPEAL_ANSWERED = auto()
    ACCOUNT_CLOSED = auto()
    RESTORED = auto()


class Event(Struct, frozen=True):
    """One event: what, when (epoch seconds), and words for the person, such as a passkey's name.

    ``sector`` is empty for what concerns no platform.
    """

    happened: Happened
    at: int
    sector: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


def first_kept_day(today: int, kept_days: int) -> int:
    """Return the first day whose events are kept; tomorrow where none are. Days since the epoch."""
    return today - kept_days if kept_days else today + 1


def slot_days(kept_days: int) -> int:
    """Return how many days one slot holds, so that the ring holds all that are kept, and more."""
    return -(-(kept_days + 1) // (SLOTS - _SPARE))


def slot(day: int, kept_days: int) -> int:
    """Return in which slot an event of ``day`` lies, 1 to ``SLOTS``."""
    return 1 + day // slot_days(kept_days) % SLOTS
