"""What was done: the acts that the audit log knows. It names cases and clients, and no person."""

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
    KEY_STAGED = auto()
    KEY_ACTIVATED = auto()
    KEY_RETIRED = auto()
    KEY_REMOVED = auto()
    KEY_COMPROMISED = auto()
    SECRET_STAGED = auto()
    SECRET_ACTIVATED = auto()
    SECRET_REMOVED = auto()
    REWRAPPED = auto()
    CLIENT_ADDED = auto()
    CLIENT_CHANGED = auto()
    CLIENT_SECRET_ROTATED = auto()
    CLIENT_SECRET_RETIRED = auto()
    CLIENT_DISABLED = auto()
    CLIENT_ENABLED = auto()
    CLIENT_REMOVED = auto()
    REGISTRATION_TOKEN_MADE = auto()
    OPERATOR_DISABLED = auto()
    OPERATOR_ENABLED = auto()
    BACKED_UP = auto()
    RESTORED = auto()


class Via(StrEnum):
    """By which way an act came that no operator's passkey stands for."""

    COMMAND = auto()
    SCHEDULE = auto()
    TOKEN = auto()  # somebody whom an operator gave a registration token
    STATEMENT = auto()  # somebody with a software statement of an issuer that is trusted
    CLIENT = auto()  # the client itself


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its place in the log, when (epoch seconds), what, by which operator, which case.

    ``operator_id`` is the operator who acted, or whom the act is about, and None for what the
    command line did to something else, or a person did; ``via`` says by which way the act came,
    where no passkey of an operator stands for it. ``subject`` is the ``kid``, client id, platform
    or ``domain:version`` that the act is about: never a person, and never beside a case.
    """

    position: int
    at: int
    act: Act
    operator_id: bytes | None
    case_id: str | None
    subject: str | None = None
    via: Via | None = None
