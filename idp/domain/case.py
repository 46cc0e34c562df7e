"""A case: the handle on which operators act once a network ID has been unmasked (DESIGN §4).

It shows what was done in this case and nothing else: never the person, the network ID, another ID
of theirs, or a suspension of another case. Two cases of one person have nothing in common.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.proposal import Proposed

if TYPE_CHECKING:
    from idp.domain.proposal import Proposal


class CaseState(StrEnum):
    """``nobody``: no account has this network ID, or it was closed since."""

    NOBODY = auto()
    ACTIVE = auto()
    SUSPENDED = auto()


class Case(Struct, frozen=True):
    """One case, with all that was proposed in it, newest first."""

    case_id: str
    reference: str
    opened_at: int
    state: CaseState
    proposals: tuple[Proposal, ...] = ()

    @property
    def possible(self) -> Proposed | None:
        """What may be proposed now: nothing while another proposal is open."""
        if self.state is CaseState.NOBODY or any(p.is_open for p in self.proposals):
            return None
        return Proposed.LIFT if self.state is CaseState.SUSPENDED else Proposed.SUSPEND
