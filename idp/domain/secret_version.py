"""The life of one version of a symmetric secret: staged, active, retired, kept or removed.

Rules in prose. A new version is *staged*: every server gets it, and reads and looks up under it;
nothing is made under it. It becomes *active* when every live server has it: then any two servers
share a version under which each finds what the other made. The one before is *retired*: nothing new
is made under it, what there is can be read and found, and is moved to the active one. When nothing
is left, and all that nobody can move has died by itself, it is *removed*, its bytes destroyed. A
version is *kept* instead where something that cannot be moved still needs it: recovery codes on
paper (link), the inner steps of nested tags (dedup). One version is under way at a time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.secret_key import SecretDomain

SETTLING_SECONDS: Final = 5 * 60  # what a server had begun before it followed is written by then
# What lives in browsers and in the mail, and what was used once and must not be used again: longer
# than any of it (forms of a day, links for operators, sets of recovery codes).
_SHORT_LIVED_SECONDS: Final = SECONDS_PER_DAY + 60 * 60
WAIT_SECONDS: Final = {
    SecretDomain.FIELD: SETTLING_SECONDS,
    SecretDomain.DEDUP: SETTLING_SECONDS,
    SecretDomain.SESSION: _SHORT_LIVED_SECONDS,
    SecretDomain.LINK: _SHORT_LIVED_SECONDS,
}
"""How long after its successor took over a version is needed at least; also: what can rotate."""

ALWAYS_KEPT: Final = frozenset({SecretDomain.DEDUP})
"""Secrets of which each version is an inner step of the next one."""


class SecretState(StrEnum):
    """Where in its life a version is."""

    STAGED = "staged"
    ACTIVE = "active"
    RETIRED = "retired"
    KEPT = "kept"
    REMOVED = "removed"


LIVE: Final = frozenset({SecretState.STAGED, SecretState.ACTIVE, SecretState.RETIRED})


class SecretVersion(Struct, frozen=True):
    """One version without its bytes. Times in epoch seconds."""

    domain: SecretDomain
    version: int
    state: SecretState
    made_at: int
    activated_at: int | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.domain}:{self.version}"

    @property
    def name_in_use(self) -> str:
        """What a server reports that makes new values under it."""
        return f"{self.name}:active"
