"""A signing key's life: published, active, retired, removed; or compromised.

Rules in prose. A key is served to platforms before it signs, for longer than any of them may keep
an older key set (``JWKS_MAX_AGE_SECONDS``) and a margin for nodes that learn of it a little later.
When another takes its place it is retired: it signs nothing more, and is served until the last
token that it signed has died and every cache that may still be asked has seen the rest. Then it is
removed; what it once signed is still recognised as ours where age does not matter (an ID token as a
logout hint). A compromised key is recognised nowhere. Every other step is refused (promise P7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from idp.domain.grant import ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS

JWKS_MAX_AGE_SECONDS = 3600
MARGIN_SECONDS = 5 * 60  # nodes look for new keys far more often than that
SKEW_SECONDS = 60
LONGEST_TOKEN_SECONDS = max(ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS)


class KeyState(StrEnum):
    """Where in its life a key is."""

    PUBLISHED = "published"
    ACTIVE = "active"
    RETIRED = "retired"
    REMOVED = "removed"
    COMPROMISED = "compromised"


SERVED = frozenset({KeyState.PUBLISHED, KeyState.ACTIVE, KeyState.RETIRED})
RECOGNISED = SERVED | {KeyState.REMOVED}


class WrongStep(ValueError):
    """A key cannot go that way; the text says why."""


class TooEarly(WrongStep):
    """A key can go that way, but only from ``since`` on (epoch seconds)."""

    def __init__(self, text: str, since: int) -> None:
        super().__init__(text)
        self.since = since


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key without its private half. Times in epoch seconds, None until it is so."""

    kid: str
    alg: str
    state: KeyState
    published_at: int
    activated_at: int | None = None
    retired_at: int | None = None
    removed_at: int | None = None

    @property
    def may_be_activated_at(self) -> int:
        """From when on every platform has had to fetch it."""
        return self.published_at + JWKS_MAX_AGE_SECONDS + MARGIN_SECONDS

    @property
    def may_be_removed_at(self) -> int | None:
        """From when on nothing that it signed is alive; None as long as it may sign."""
        if self.retired_at is None:
            return None
        return self.retired_at + LONGEST_TOKEN_SECONDS + JWKS_MAX_AGE_SECONDS + SKEW_SECONDS

    def activated(self, now: int) -> SigningKey:
        """Return the key as it signs from ``now`` on; raises WrongStep or TooEarly."""
        self._check(KeyState.PUBLISHED, "activated")
        if now < self.may_be_activated_at:
            raise TooEarly("platforms may not have fetched it yet", self.may_be_activated_at)
        return replace(self, state=KeyState.ACTIVE, activated_at=now)

    def retired(self, now: int) -> SigningKey:
        """Return the key as it signs no more; raises WrongStep."""
        self._check(KeyState.ACTIVE, "retired")
        return replace(self, state=KeyState.RETIRED, retired_at=now)

    def removed(self, now: int) -> SigningKey:
        """Return the key as it is served no more; raises WrongStep or TooEarly."""
        self._check(KeyState.RETIRED, "removed")
        since = self.may_be_removed_at
        if since is None or now < since:
            raise TooEarly("tokens that it signed may be alive", since or now)
        return replace(self, state=KeyState.REMOVED, removed_at=now)

    def _check(self, state: KeyState, step: str) -> None:
        if self.state is not state:
            raise WrongStep(f"a key is {step} when it is {state}, and this one is {self.state}")
