"""An operator: somebody who runs the provider, with passkeys of their own, and what they may do.

Rules in prose. An operator is never a person of the provider: other table, other cookie, other
sessions, other ceremonies. The first passkey is made with a one-time link that lives
``LINK_SECONDS``; another link replaces the passkeys, and never adds one beside them. A session ends
after ``IDLE_SECONDS`` without use, ``ABSOLUTE_SECONDS`` after the sign-in, and with its operator.
One who is disabled can do nothing, keeps the passkey for when they are enabled again, and what they
had proposed is called off.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum, auto

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.clock import NODE_SKEW_SECONDS

OPERATOR_ID_BYTES = 16
FEWEST_APPROVERS = 2  # with fewer nobody can be suspended, and no suspension is lifted
LINK_SECONDS = 24 * 60 * 60
IDLE_SECONDS = 15 * 60
ABSOLUTE_SECONDS = 8 * 60 * 60
SEEN_STEP_SECONDS = 60  # the last use is written at most this often
LONGEST_NAME = 80


class Role(StrEnum):
    """What an operator may do; one may hold several.

    ``registrar`` checks documents and issues enrolment codes, ``support`` proposes and approves
    what is done to accounts and answers appeals, ``auditor`` reads what all of them did.
    """

    REGISTRAR = auto()
    SUPPORT = auto()
    AUDITOR = auto()


class OperatorStatus(StrEnum):
    """``invited`` until the first passkey is made, then ``active``; ``disabled`` until enabled."""

    INVITED = auto()
    ACTIVE = auto()
    DISABLED = auto()


class Operator(Struct, frozen=True):
    """One operator; ``name`` is for colleagues and stands in no log and no audit entry."""

    operator_id: bytes
    name: str
    roles: frozenset[Role]
    status: OperatorStatus = OperatorStatus.ACTIVE

    @property
    def may_approve(self) -> bool:
        """Tell whether this is one of those who approve what takes two operators."""
        return self.status is OperatorStatus.ACTIVE and Role.SUPPORT in self.roles

    def may(self, role: Role) -> bool:
        """Tell whether the operator holds ``role``."""
        return role in self.roles

    @property
    def number(self) -> str:
        """The operator as pages and the audit log name one: random, and no name."""
        return number(self.operator_id)


class OperatorSession(Struct, frozen=True):
    """A session as read from storage; times in epoch seconds, ``digest`` that of its cookie."""

    digest: bytes
    operator_id: bytes
    began: int
    seen: int

    def alive(self, now: int) -> bool:
        """Tell whether the session may still be used."""
        idle = now - self.seen  # below zero where another server, whose clock is ahead, saw it
        return -NODE_SKEW_SECONDS <= idle < IDLE_SECONDS and now - self.began < ABSOLUTE_SECONDS

    def touched(self, now: int) -> OperatorSession | None:
        """Return the session as used at ``now``, or None when that need not be written yet."""
        return replace(self, seen=now) if now - self.seen >= SEEN_STEP_SECONDS else None


def number(operator_id: bytes) -> str:
    """Return the short form of an operator's id."""
    return operator_id.hex()[:8]


def clean_name(name: str) -> str:
    """Return a name as it is kept; raises ValueError for one that cannot be shown."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(cleaned) <= LONGEST_NAME or not cleaned.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters")
    return cleaned


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are those of one operator, however they are typed."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def roles_as_text(roles: frozenset[Role]) -> str:
    """Return roles in the form that they are stored in: their names, sorted."""
    return " ".join(sorted(role.value for role in roles))


def roles_from_text(text: str) -> frozenset[Role]:
    """Return stored roles."""
    return frozenset(Role(word) for word in text.split())
