"""An appeal: what a suspended person objects, and what they are answered (promise P6).

Rules in prose. A person may object to each suspension they are under; while one objection is
unanswered there is no second to the same one. The operators see the text and the case, never who
wrote it. Kept ``KEPT_DAYS``, or until the account is closed.
"""

from __future__ import annotations

from enum import StrEnum, auto

from msgspec import Struct

KEPT_DAYS = 365
LONGEST_TEXT = 2000
MOST_OF_ONE_PERSON = 10  # kept at a time: nobody fills the store, however often they object


class AppealState(StrEnum):
    """``open`` until an operator answers."""

    OPEN = auto()
    ANSWERED = auto()


class Appeal(Struct, frozen=True):
    """One appeal, without its person. Times in epoch seconds; ``case_id`` may be empty."""

    appeal_id: bytes
    state: AppealState
    case_id: str
    text: str
    at: int
    reply: str = ""
    replied_at: int = 0
