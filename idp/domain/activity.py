"""A person's activity: what happened in their account, told to nobody else.

Rules in prose. An event says what happened and when; one that concerns a platform names it inside
the seal. Events are kept ``KEPT_DAYS``, unless
the operator has set another time, and can be cleared by the person at any time (promise P5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_DAYS = 90


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


@dataclass(frozen=True, slots=True)
class Event:
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
