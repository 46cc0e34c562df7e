"""A signing key's life: published, active, retired, removed; or compromised.

Rules in prose. A key is served to platforms before it signs: longer than any of them may keep an
older set, and a margin for nodes that learn of it later. It has been seen where platforms look, at
every look since, for as long as a set may be kept (a cache between us and them may have shown them
the older one until then), and every live node can sign with it. When another takes its place it is
retired: it signs nothing more, and is served until the last token that it signed has died, a slow
node's included. Then it is removed; what it once signed is still recognised as ours where age does
not matter (an ID token as a logout hint). A key that never signed may be withdrawn. A compromised
key is recognised nowhere. Every other step is refused, each refusal says what is missing and, where
that is known, until when (promise P7).

A node that has not read the keys' lives for as long as the margin neither signs nor serves: it
counts as dead from then on, and whatever it did before is within the times below.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.grant import ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.domain.node import Node

Algorithm = Literal["RS256", "PS256", "ES256", "Ed25519"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("RS256", "PS256", "ES256", "Ed25519")
REQUIRED: Final[tuple[Algorithm, ...]] = ("RS256", "ES256")
"""Those that every instance has had a key for from its first day."""


class Policy(Struct, frozen=True):
    """How long things last, in seconds.

    ``jwks_max_age``: how long platforms may keep the JWKS. ``margin``: how far a node may be behind
    before it stops by itself. ``skew``: how far platforms' clocks are off. ``longest_token``: the
    life of the longest-lived token.
    """

    jwks_max_age: int = 3600
    margin: int = 5 * 60
    skew: int = 60
    longest_token: int = max(ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS)

    def is_live(self, node: Node, now: int) -> bool:
        """Tell whether a node may still be signing and serving."""
        return now - node.seen_at <= self.margin

    def known_at(self, published_at: int, nodes: Iterable[Node]) -> int:
        """Return from when on every platform has had to fetch a key published then.

        ``nodes`` are those of the last days, dead or alive: one that ran under a longer max-age
        filled caches that outlive it.
        """
        ends = [published_at + self.jwks_max_age]
        ends += [min(published_at, node.seen_at) + node.jwks_max_age for node in nodes]
        return max(ends) + self.margin

    def last_signature_at(self, retired_at: int) -> int:
        """Return until when a slow node may have signed with a key retired then."""
        return retired_at + self.margin

    def forgotten_at(self, retired_at: int) -> int:
        """Return from when on nothing is alive that a key retired then has signed."""
        last = self.last_signature_at(retired_at) + self.longest_token
        return last + self.jwks_max_age + self.skew


class KeyState(StrEnum):
    """Where in its life a key is."""

    PUBLISHED = "published"
    ACTIVE = "active"
    RETIRED = "retired"
    REMOVED = "removed"
    COMPROMISED = "compromised"


_UNSEEN = "it is not in the JWKS at the issuer's address, where platforms look"
SERVED = frozenset({KeyState.PUBLISHED, KeyState.ACTIVE, KeyState.RETIRED})
RECOGNISED = SERVED | {KeyState.REMOVED}


class WrongStep(ValueError):
    """A key cannot go that way; the text says why.

    ``since``: from when on it can (epoch seconds), None where nobody knows.
    """

    def __init__(self, text: str, since: int | None = None) -> None:
        super().__init__(text)
        self.since = since


class TooEarly(WrongStep):
    """A key can go that way, but only from ``since`` on."""


class NotSeen(WrongStep):
    """A key is not in the JWKS at the issuer's own address, where platforms look."""


class NotLoaded(WrongStep):
    """A live node cannot sign with a key; ``nodes`` are the ids of those that cannot."""

    def __init__(self, nodes: tuple[str, ...]) -> None:
        count = len(nodes)
        told = "a running server lacks" if count == 1 else f"{count} running servers lack"
        super().__init__(f"{told} its private half ({', '.join(node[:8] for node in nodes)})")
        self.nodes = nodes


class Standing(Struct, frozen=True):
    """What the world looks like when a key is about to sign.

    ``nodes`` are those of the last days, dead or alive. ``seen``: whether the key stands in the
    JWKS at the issuer's address at this moment; None when that was not asked.
    """

    policy: Policy
    nodes: tuple[Node, ...] = ()
    seen: bool | None = None

    def longest_cache(self, since: int) -> int:
        """Return for how long a JWKS may be kept that was given out at ``since`` or later.

        A cache between us and platforms may have given it out: it keeps what a node told it to.
        """
        margin = self.policy.margin
        late = (
            node.jwks_max_age
            for node in self.nodes
            if node.seen_at + margin + node.jwks_max_age >= since
        )
        return max(self.policy.jwks_max_age, *late, 0)


class SigningKey(Struct, frozen=True):
    """One key without its private half. Times in epoch seconds, None until it is so.

    ``seen_at``: since when it has been in the JWKS at the issuer's address, at every look.
    """

    kid: str
    alg: str
    state: KeyState
    published_at: int
    activated_at: int | None = None
    retired_at: int | None = None
    removed_at: int | None = None
    seen_at: int | None = None

    def may_be_activated_at(self, standing: Standing) -> int:
        """Return from when on every platform has had to fetch it, as far as is known now.

        Caches between us and them count: who fetched through one, just before it showed the key,
        may keep the older set for as long as any.
        """
        known = standing.policy.known_at(self.published_at, standing.nodes)
        if self.seen_at is None:
            return known
        return max(known, self.seen_at + standing.longest_cache(self.seen_at))

    def may_be_removed_at(self, policy: Policy) -> int | None:
        """Return from when on nothing that it signed is alive; None as long as it may sign."""
        if self.retired_at is None:
            return None
        if self.activated_at is None:  # it never signed
            return self.retired_at
        return policy.forgotten_at(self.retired_at)

    def activated(self, now: int, standing: Standing) -> SigningKey:
        """Return the key as it signs from ``now`` on.

        Raises TooEarly, NotSeen or NotLoaded, whichever is missing, and WrongStep.
        """
        self._check(KeyState.PUBLISHED, step="activated")
        visible = standing.seen and self.seen_at is not None
        since = self.may_be_activated_at(standing)
        if now < since:
            also = "" if visible else f", and {_UNSEEN}"
            raise TooEarly(f"platforms may not have fetched it yet{also}", since)
        if not visible:
            raise NotSeen(_UNSEEN)
        live = (node for node in standing.nodes if standing.policy.is_live(node, now))
        lacking = tuple(node.id for node in live if self.kid not in node.loaded)
        if lacking:
            raise NotLoaded(lacking)
        return replace(self, state=KeyState.ACTIVE, activated_at=now)

    def retired(self, now: int) -> SigningKey:
        """Return the key as it signs no more, or never will; raises WrongStep."""
        self._check(KeyState.ACTIVE, KeyState.PUBLISHED, step="retired")
        return replace(self, state=KeyState.RETIRED, retired_at=now)

    def removed(self, now: int, policy: Policy) -> SigningKey:
        """Return the key as it is served no more; raises WrongStep or TooEarly."""
        self._check(KeyState.RETIRED, step="removed")
        since = self.may_be_removed_at(policy)
        if since is None or now < since:
            raise TooEarly("tokens that it signed may be alive", since or now)
        return replace(self, state=KeyState.REMOVED, removed_at=now)

    def hurried(self, now: int) -> SigningKey:
        """Return the key as it signs at once, because another is given up; raises WrongStep.

        Platforms may not know it: that is less bad than what the other is good for by now.
        """
        self._check(KeyState.PUBLISHED, step="activated")
        return replace(self, state=KeyState.ACTIVE, activated_at=now)

    def compromised(self, now: int) -> SigningKey:
        """Return the key as it is given up: it neither signs nor is served; raises WrongStep."""
        self._check(*RECOGNISED, step="given up")
        signed_until = now if self.state is KeyState.ACTIVE else self.retired_at
        removed = now if self.removed_at is None else self.removed_at
        return replace(
            self, state=KeyState.COMPROMISED, retired_at=signed_until, removed_at=removed
        )

    def _check(self, *states: KeyState, step: str) -> None:
        if self.state not in states:
            known = " or ".join(states)
            raise WrongStep(f"a key is {step} when it is {known}, and this one is {self.state}")
