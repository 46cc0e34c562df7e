"""An act that needs two operators: proposed by one, approved by another.

Rules in prose. ``unmask`` finds an account from a network ID and opens a case; ``suspend`` and
``lift`` act on a case, never on a person or a network ID. A proposal is open for ``OPEN_SECONDS``
and then is approved once, declined once, or has expired. Nobody approves what they proposed, and an
approval is a passkey ceremony made for this very proposal. The proposer must still be an operator
of support when it is approved. What was drafted on the command line was proposed by nobody who can
be known: whoever has a shell must not count as one of the two. So the first operator who approves
it takes it on, as if they had proposed it, and nothing is done before another one approves it too.
Decided proposals, and cases in which nobody is suspended, are kept ``KEPT_SECONDS`` and then
forgotten.
"""

from __future__ import annotations

import re
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.audit import Act
from idp.domain.wording import WordingRefused, one_line, several_lines

if TYPE_CHECKING:
    from idp.domain.clock import Entropy

OPEN_SECONDS = 72 * 60 * 60
KEPT_SECONDS = 90 * 24 * 60 * 60
WHILE_SUSPENDED = 2**62  # in place of a time: a case stays for as long as its suspension

LONGEST_REFERENCE = 60
LONGEST_AUTHORITY = 120
LONGEST_REASON = 500

NOBODY = b""  # in place of an operator: proposed on the command line, and taken on by no one yet

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford Base32, as in network IDs
_ID_SYMBOLS, _GROUP = 12, 4
_ID = re.compile(rf"[{_SYMBOLS}]{{4}}(-[{_SYMBOLS}]{{4}}){{2}}")


class Proposed(StrEnum):
    """What a proposal asks for."""

    UNMASK = auto()
    SUSPEND = auto()
    LIFT = auto()

    @property
    def when_proposed(self) -> Act:
        """What the audit log says when it is proposed."""
        return _WHEN_PROPOSED[self]

    @property
    def when_done(self) -> Act:
        """What the audit log says when it is approved, which is when it is done."""
        return _WHEN_DONE[self]


_WHEN_PROPOSED = {
    Proposed.UNMASK: Act.UNMASK_PROPOSED,
    Proposed.SUSPEND: Act.SUSPEND_PROPOSED,
    Proposed.LIFT: Act.LIFT_PROPOSED,
}
_WHEN_DONE = {
    Proposed.UNMASK: Act.UNMASKED,
    Proposed.SUSPEND: Act.SUSPENDED,
    Proposed.LIFT: Act.LIFTED,
}


class ProposalState(StrEnum):
    """``expired`` is never stored: it is ``open`` past its time."""

    OPEN = auto()
    APPROVED = auto()
    DECLINED = auto()
    EXPIRED = auto()


class Wording(Struct, frozen=True):
    """What is typed into a proposal. ``reference`` is the file number of whoever asked for it."""

    reference: str = ""
    authority: str = ""
    reason: str = ""


class Proposal(Struct, frozen=True):
    """One proposal as operators see it; times in epoch seconds.

    ``network_id`` is there for as long as an ``unmask`` is open, and empty ever after. ``drafted``
    says that it came from the command line; ``proposed_by`` is then who approved it first.
    """

    proposal_id: str
    act: Proposed
    state: ProposalState
    case_id: str
    wording: Wording
    proposed_by: bytes
    decided_by: bytes | None
    proposed_at: int
    expires_at: int
    network_id: str = ""
    drafted: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be decided."""
        return self.state is ProposalState.OPEN

    @property
    def awaits_first(self) -> bool:
        """Tell whether two operators have to approve it still."""
        return self.is_open and self.proposed_by == NOBODY


def wording(act: Proposed, *, authority: str, reason: str) -> Wording:
    """Return what is typed into a proposal in a case; raises WordingRefused, naming the field.

    The authority stands in a suspension alone: whoever is free again needs no order for it.
    """
    try:
        told = several_lines(reason, most=LONGEST_REASON)
    except WordingRefused as error:
        raise WordingRefused(f"reason: {error}") from error
    if act is Proposed.LIFT:
        return Wording(reason=told)
    try:
        return Wording(authority=one_line(authority, most=LONGEST_AUTHORITY), reason=told)
    except WordingRefused as error:
        raise WordingRefused(f"authority: {error}") from error


def draw_id(entropy: Entropy) -> str:
    """Return a random id of 60 bits, in groups that can be read aloud."""
    symbols = "".join(_SYMBOLS[byte % len(_SYMBOLS)] for byte in entropy.bytes(_ID_SYMBOLS))
    return "-".join(symbols[i : i + _GROUP] for i in range(0, _ID_SYMBOLS, _GROUP))


def is_id(text: str) -> bool:
    """Tell whether ``text`` can be an id; what stands in an address may be anything, even a NUL."""
    return _ID.fullmatch(text) is not None
