"""A lease: the right to do a thing alone, for a while, proved by a number that only ever grows.

Rules in prose. Whoever takes a lease gets a token higher than every one before. A lease ends by
itself, so that a holder who died holds nobody up. Its end is not what keeps two holders apart: a
process can stand still between a look at the clock and its next statement, for a pause of any
length. So every transaction of a holder asks, in the very transaction that writes, whether the
lease still bears its token, and holds the answer until it commits (a fencing token).
"""

from __future__ import annotations

from msgspec import Struct


class LeaseLost(Exception):
    """The lease has ended, or another has it: nothing may be written under it."""


class Lease(Struct, frozen=True):
    """One taking of a lease. ``until`` in epoch seconds; ``token`` is higher than any before."""

    name: str
    holder: str
    token: int
    until: int
