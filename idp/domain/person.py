"""A person: someone enrolled, and the states that an account can be in.

The identifier is random and internal: it leaves the provider nowhere, in no form.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import date

PERSON_ID_BYTES = 16
WEBAUTHN_USER_ID_BYTES = 32  # its own random value, because it leaves the provider (DESIGN §4)


class PersonStatus(StrEnum):
    """What an account may do: ``active`` signs in, ``suspended`` sees why it does not."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class SuspensionNotice(Struct, frozen=True):
    """What a suspended person is told (promise P6: nobody is blocked in silence).

    ``since_day`` counts days since the epoch. ``case_id`` is empty for the sandbox's demonstration.
    A person may be under several at once, each of a case of its own: lifting one lifts no other,
    and whoever acts in one case learns of no other.
    """

    reason: str
    authority: str
    since_day: int = 0
    case_id: str = ""


class Evidence(Struct, frozen=True):
    """What is kept of a proofing: how it was done, never what was read.

    ``day`` counts days since the epoch, ``level`` is an ``Assurance``, ``verifier`` the operator
    or the upstream provider who checked, or empty. No name, number, or document content.
    """

    adapter: str
    level: str
    document: str
    country: str
    day: int
    verifier: str = ""


class Person(Struct, frozen=True):
    """All that is kept of a person themselves; days count since the epoch."""

    status: PersonStatus
    sandbox: bool
    enrolled_day: int
    evidence: Evidence
    birth_date: date  # promise P1: into no log, by no accident
    notices: tuple[SuspensionNotice, ...] = ()

    __repr__ = object.__repr__
