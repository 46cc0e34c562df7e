"""What was done: the acts that the audit log knows. It names cases and clients, and no person.

Entries are the leaves of a Merkle tree. A leaf is one line of JSON that says all of an entry, its
index, its time and a random salt included, in one way only; so whoever has the line can hash it,
and whoever has the hash alone can guess nothing, however few things there are to say. What
everybody may read of the log is a *count*: an entry, added when a month (UTC) is over, of how often
each act of ``COUNTED`` was done in it. An act's exact time is nobody's outside: a platform that saw
somebody vanish at that second would know whom it was about.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SALT_BYTES: Final = 16
_LEAF_FORMAT: Final = 1


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
    PROPOSAL_SECONDED = auto()  # by the first of two, where the command line proposed it
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
    MONTH_COUNTED = auto()


class Via(StrEnum):
    """By which way an act came that no operator's passkey stands for."""

    COMMAND = auto()
    SCHEDULE = auto()
    TOKEN = auto()  # somebody whom an operator gave a registration token
    STATEMENT = auto()  # somebody with a software statement of an issuer that is trusted
    CLIENT = auto()  # the client itself


class Entry(Struct, frozen=True):
    """One entry: its index in the log, when (epoch seconds), what, by which operator, which case.

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
    salt: bytes = b""

    @property
    def is_about_operator(self) -> bool:
        """Tell whether ``operator_id`` is of whom something became, and not of who acted."""
        return self.act in _ABOUT_OPERATORS

    @property
    def leaf(self) -> bytes:
        """The entry as a leaf of the tree: a line of JSON, members sorted, ASCII alone."""
        told = {
            "act": self.act.value,
            "at": self.at,
            "case": self.case_id,
            "format": _LEAF_FORMAT,
            "index": self.position,
            "operator": None if self.operator_id is None else self.operator_id.hex(),
            "salt": self.salt.hex(),
            "subject": self.subject,
            "via": None if self.via is None else self.via.value,
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")


_ABOUT_OPERATORS: Final = frozenset(
    {
        Act.OPERATOR_ADDED,
        Act.OPERATOR_LINK_MADE,
        Act.OPERATOR_ROLES_SET,
        Act.OPERATOR_REMOVED,
        Act.OPERATOR_DISABLED,
        Act.OPERATOR_ENABLED,
    }
)
COUNTED: Final = (
    Act.UNMASK_PROPOSED,
    Act.UNMASKED,
    Act.SUSPENDED,
    Act.LIFTED,
    Act.APPEALED,
    Act.APPEAL_ANSWERED,
)
_COUNT = re.compile(r"(\d{4}-\d{2})((?: [a-z_]+:\d+)*)")


class Month(Struct, frozen=True):
    """A month that is over, ``2026-11``, and how often each act of ``COUNTED`` was done in it."""

    name: str
    counts: Mapping[str, int]

    @property
    def subject(self) -> str:
        """What the entry that counts the month is about: ``2026-11 lifted:0 suspended:1 …``."""
        return " ".join(
            [self.name, *(f"{act}:{count}" for act, count in sorted(self.counts.items()))]
        )

    @classmethod
    def read(cls, subject: str | None) -> Month:
        """Read what ``subject`` wrote; raises ValueError for anything else."""
        found = _COUNT.fullmatch(subject or "")
        if found is None:
            raise ValueError("this counts no month")
        pairs = (pair.split(":") for pair in found[2].split())
        return cls(found[1], {act: int(count) for act, count in pairs})


def month_of(at: int) -> str:
    """Return the month (UTC) of a time, ``2026-11``."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def month_begins(name: str) -> int:
    """Return the first second (epoch, UTC) of a month."""
    return int(datetime.fromisoformat(f"{name}-01T00:00:00+00:00").timestamp())


def next_month(name: str) -> str:
    """Return the month after ``name``."""
    year, month = map(int, name.split("-"))
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def months_between(first: str, end: str) -> Iterator[str]:
    """Give the months from ``first`` to before ``end``."""
    while first < end:
        yield first
        first = next_month(first)
