"""The reference model: which codes and tokens are alive, in as few lines as it can be said.

It knows nothing of how the provider works: a *yes* has one code, access tokens and, where the
person allowed that, a chain of refresh tokens. Times are in seconds, days are days since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DAY: Final = 24 * 3600
CODE: Final = 60
ACCESS: Final = 600
GRACE: Final = 20  # ten, and what the clocks of two servers may be apart
IDLE_DAYS: Final = 30
DAYS: Final = 365
FINE, REFUSED, NOT_YOURS, NOTHING = "fine", "invalid_grant", "of another client", "nothing ended"


@dataclass
class Access:
    """An access token."""

    text: str
    issued: int


@dataclass
class Yes:
    """What came of one yes of the person at one client."""

    client: int
    code: str
    at: int
    offline: bool
    api: bool
    rotates: bool
    used: bool = False
    ended: bool = False
    access: list[Access] = field(default_factory=list)
    refresh: list[str] = field(default_factory=list)
    rotated: int = 0
    begun_day: int = 0
    used_day: int = 0

    def is_alive(self, token: Access, now: int) -> bool:
        return not self.ended and now < token.issued + ACCESS

    def is_over(self, now: int) -> bool:
        """The chain's time is over: 365 days after its beginning, or 30 whole days unused."""
        today, until = now // DAY, self.begun_day + DAYS
        idle = min(until, self.used_day + 1 + IDLE_DAYS)
        return today >= until or today >= idle

    def holds(self, now: int) -> bool:
        """Something of it lives, or may yet."""
        code = not self.used and not self.ended and now < self.at + CODE
        chain = bool(self.refresh) and not self.ended and not self.is_over(now)
        return code or chain or any(self.is_alive(token, now) for token in self.access)

    def redeem(self, client: int, now: int, *, verifier: bool) -> str:
        """What is answered to the code; a second use ends all that came of the first."""
        if client != self.client:
            return REFUSED
        if self.used:
            self.ended = True
            return REFUSED
        if self.ended or now >= self.at + CODE or not verifier:
            return REFUSED
        self.used = True
        return FINE

    def redeemed(self, access: str, refresh: str | None, now: int) -> None:
        self.access.append(Access(access, now))
        assert (refresh is not None) == self.offline, "a refresh token, exactly where allowed"
        if refresh is not None:
            self.refresh.append(refresh)
            self.rotated = now
            self.begun_day = self.used_day = now // DAY

    def use(self, generation: int, client: int, now: int) -> str:
        """What is answered to a refresh token; an old one that comes back ends the chain."""
        if client != self.client or self.ended or self.is_over(now):
            return REFUSED
        late = len(self.refresh) - 1 - generation
        if late == 0 or (late == 1 and now < self.rotated + GRACE):
            return FINE
        self.ended = True
        return REFUSED

    def used_up(self, generation: int, access: str, refresh: str, now: int) -> None:
        """Note what a use gave; to whom came second, the same."""
        self.access.append(Access(access, now))
        newest = self.refresh[-1]
        if generation < len(self.refresh) - 1 or not self.rotates:
            assert refresh == newest, "one chain, and one live token of it"
        else:
            assert refresh not in self.refresh, "a new token"
            self.refresh.append(refresh)
            self.rotated = now
        self.used_day = now // DAY

    def give_back(self, client: int, token: Access | None, now: int) -> str:
        """What is answered when an access token (or, None, a refresh token) is given back."""
        if token is not None and now >= token.issued + ACCESS:
            return NOTHING
        if client != self.client:
            return NOT_YOURS
        self.ended = True
        return FINE
