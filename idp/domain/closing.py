"""Closing an account: what goes at once, what stays for a while, and why.

Rules in prose.

1. Everything that hangs on the person goes at once, in one transaction: the account, its passkeys,
   sessions, recovery codes and objections; every network ID, consent, grant and event, at every
   platform. From then on no token that was given out is honoured here.
2. In the enrolment store the check value of the document stays, without anything that leads to the
   account there was, until the cooling-off is over: at least as long as a person waits between two
   renewals of a network ID, or closing and enrolling again would be a way around that limit.
3. A suspension outlives the account, sealed beside the check value, for ``SUSPENDED_DAYS`` at most:
   whoever enrols again within them is under it again, with the same words and the same way to
   object. Otherwise leaving and coming back would lift what took two operators; for ever would be
   out of proportion.
4. Whoever enrols again gets an account that has nothing in common with the one before.
5. Where nobody is real there is no cooling-off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.person import SuspensionNotice

SUSPENDED_DAYS: Final = 3 * 365


class Terms(Struct, frozen=True):
    """What somebody who leaves is told, in days: the cooling-off, and how long backups live."""

    cooling_off_days: int
    backup_days: int


class Closed(Struct, frozen=True):
    """What is left of an account. Days count since the epoch.

    ``until_day`` is the first on which its identity may enrol again, ``kept_day`` the one on which
    the last of it is deleted.
    """

    until_day: int
    kept_day: int
    notices: tuple[SuspensionNotice, ...] = ()


def closed(today: int, cooling_off_days: int, notices: Sequence[SuspensionNotice]) -> Closed:
    """Return what is left of an account closed on the day ``today``."""
    until = today + cooling_off_days
    return Closed(until, max(until, today + SUSPENDED_DAYS) if notices else until, tuple(notices))
