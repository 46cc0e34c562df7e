"""Refresh tokens: what lets a platform stay connected while the person is away (RFC 6749 §1.5).

Rules in prose. One yes begins one *chain*, which stands in its grant: a secret seed, and which
generation of its tokens is the live one. Every token of a chain is computed from the seed, so
nothing of a token is stored, and whoever has the grant's handle (it stands in access tokens) or a
token cannot make another. The token after the live one is always the same: many callers who refresh
at once with one token all get that one (RFC 9700 §4.14.2 without signing people out).

A token that was replaced is honoured for the grace time and gives the live one again. After that,
and for older ones at once, it shows that somebody else has the chain, and the chain ends. What the
seed does not prove is nothing at all, so nobody can end a chain by guessing.

Days are days since the epoch, in UTC. A chain ends on the day ``until_day``, as a consent does, or
when it was not used for some days; never later than the consent that it stands on.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from idp.domain import base64url, grant
from idp.domain.clock import NODE_SKEW_SECONDS, SECONDS_PER_DAY
from idp.domain.framing import framed

if TYPE_CHECKING:
    from idp.domain.grant import GrantFacts
    from idp.domain.pseudonym import Pseudonym

SEED_BYTES: Final = 32
_GRANT_BYTES: Final = 16
_GENERATION_BYTES: Final = 4
_PROOF_BYTES: Final = 32
_LENGTH: Final = 70  # of the text: 52 bytes in base64url
_LABEL: Final = b"network-id/refresh-token/1"


class Presented(Struct, frozen=True):
    """A refresh token as sent: whose it claims to be. Nothing of it is proved yet."""

    grant_id: bytes
    generation: int


class Chain(Struct, frozen=True):
    """The chain of one grant; stored sealed. No ``repr``: the seed makes every token.

    ``rotated_at`` is when the live token took the place of the one before (epoch seconds).
    ``jkt`` is the thumbprint of the key that its tokens are bound to, if any (RFC 9449 §5).
    """

    seed: bytes
    generation: int
    rotated_at: int
    begun_day: int
    used_day: int
    until_day: int
    jkt: str | None = None

    __repr__ = object.__repr__

    def token(self, grant_id: bytes, generation: int | None = None) -> str:
        """Return the token of ``generation``; of the live one when it is None."""
        number = self.generation if generation is None else generation
        counted = number.to_bytes(_GENERATION_BYTES, "big")
        proof = hmac.digest(self.seed, framed(_LABEL, grant_id, counted), "sha256")
        return base64url.encode(grant_id + counted + proof)

    def proves(self, text: str, presented: Presented) -> bool:
        """Tell whether ``text`` is a token that this chain has given out, live or not."""
        if not 0 < presented.generation <= self.generation:
            return False
        ours = self.token(presented.grant_id, presented.generation)
        return hmac.compare_digest(text.encode(), ours.encode())

    def honours(self, generation: int, *, now: int, grace_seconds: int) -> bool:
        """Tell whether a token of this chain still stands for the person's yes.

        Another server, whose clock is behind, may have noted when it was replaced: that counts on
        top of the grace time, unless there is none.
        """
        late = self.generation - generation
        grace = grace_seconds and grace_seconds + NODE_SKEW_SECONDS
        return late == 0 or (late == 1 and now - self.rotated_at < grace)

    def rotated(self, now: int) -> Chain:
        """Return the chain whose next token is the live one."""
        generation, day = self.generation + 1, now // SECONDS_PER_DAY
        return replace(self, generation=generation, rotated_at=now, used_day=day)

    def used(self, now: int) -> Chain:
        """Return the chain as it is after a use."""
        day = now // SECONDS_PER_DAY
        return self if day == self.used_day else replace(self, used_day=day)


class Lifetimes(Struct, frozen=True):
    """How long a chain may live: since its last use, since its beginning; and the grace time."""

    idle_days: int = 30
    days: int = 365
    grace_seconds: int = 10

    def begin(
        self, seed: bytes, now: int, *, consent_day: int | None, jkt: str | None = None
    ) -> Chain | None:
        """Return a new chain; None when it could not live till tomorrow.

        ``consent_day`` is when the remembered consent ends that the grant stands on, if any.
        """
        today = now // SECONDS_PER_DAY
        until_day = self.until_day(today)
        if consent_day is not None:
            until_day = min(until_day, consent_day)
        if until_day <= today:
            return None
        return Chain(seed, 1, now, today, today, until_day, jkt)

    def until_day(self, today: int) -> int:
        """Return the day on which a chain that begins today ends at the latest."""
        return today + self.days

    def expires_at(self, chain: Chain, now: int) -> int:
        """Return until when a chain's grant is kept if it is not used again (epoch seconds).

        In whole days, because it stands in clear, where it would tell when a platform came last;
        but no shorter than the access token lives that is given ``now``.
        """
        idle_day = chain.used_day + 1 + self.idle_days
        ends = min(chain.until_day, idle_day) * SECONDS_PER_DAY
        return max(ends, grant.expires_at(now))


class Found(Struct, frozen=True):
    """An authentic token: which generation of which chain, and what is stored with it.

    ``facts`` are those of its grant, ``chain_sealed`` is the chain as it stands there.
    """

    chain: Chain
    generation: int
    holder: Pseudonym
    facts: GrantFacts
    chain_sealed: bytes
    expires_at: int

    __repr__ = object.__repr__

    def is_over(self, now: int) -> bool:
        """Tell whether the chain's time is over, by age or by disuse."""
        return now >= self.expires_at or now // SECONDS_PER_DAY >= self.chain.until_day

    @property
    def is_replaced(self) -> bool:
        """Tell whether there is a newer token of the chain."""
        return self.generation < self.chain.generation


class Stay(Struct, frozen=True):
    """What the person is told of a chain."""

    begun_day: int
    used_day: int
    until_day: int


def read(text: str) -> Presented:
    """Return whose token ``text`` claims to be; ValueError when it is of another form."""
    if len(text) != _LENGTH:
        raise ValueError("not as long as a refresh token")
    value = base64url.decode(text)
    counted = value[_GRANT_BYTES : _GRANT_BYTES + _GENERATION_BYTES]
    return Presented(value[:_GRANT_BYTES], int.from_bytes(counted, "big"))
