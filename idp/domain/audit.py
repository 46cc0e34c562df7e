"""What operators did: the acts that the audit log knows. Case ids only, and no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Act(StrEnum):
    """What an entry is about. Names are stable: a later reader counts by them."""

    OPERATOR_ADDED = auto()
    OPERATOR_LINK_MADE = auto()
    OPERATOR_ROLES_SET = auto()
    OPERATOR_JOINED = auto()
    OPERATOR_REMOVED = auto()
    ENROLMENT_CODE_ISSUED = auto()
    UNMASK_PROPOSED = auto()
    SUSPEND_PROPOSED = auto()
    LIFT_PROPOSED = auto()
    PROPOSAL_DECLINED = auto()
    UNMASKED = auto()
    SUSPENDED = auto()
    LIFTED = auto()
    APPEALED = auto()
    APPEAL_ANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its place in the log, when (epoch seconds), what, by which operator, which case.

    ``operator_id`` is None for what the command line, or a person, did.
    """

    position: int
    at: int
    act: Act
    operator_id: bytes | None
    case_id: str | None
