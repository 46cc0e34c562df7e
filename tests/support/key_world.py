"""The signing keys of a whole instance among people who hurry, nodes that lag and old caches.

The rules are the product's own: ``KeyLives`` and ``SigningKeys`` over a real database. Around them
stands the worst that keeps to the rules: an operator who tries every step at every moment, nodes
that die, stand still, come back or lack a private half, a proxy that keeps the JWKS as long as it
may, and platforms that keep it as long again, never ask before, and have clocks that are off.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import structs

from idp.domain.signing_key import KeyState, Policy, WrongStep
from idp.outbound import OutboundRefused
from idp.protocol.jose import SignerUnavailable
from idp.services.audit import Audit
from idp.services.key_lives import KeyLives
from idp.services.keys import SigningKeys
from idp.services.leases import Leases
from idp.services.nodes import Nodes
from tests.support.audit_log import log_tree
from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Signer
    from idp.keystore.memory import MemoryKeystore
    from idp.services.outside import Outside
    from idp.services.secret_versions import SecretVersions
    from idp.storage.database import Database

ALG: Final = "ES256"
MOST_NODES: Final = 4


@dataclass(frozen=True)
class Answer:
    """A JWKS that somebody was given, and for how long it may be kept."""

    at: int
    max_age: int
    kids: frozenset[str]


@dataclass(frozen=True)
class Signed:
    """A token, and until when a platform's clock lets it verify."""

    at: int
    until: int
    kid: str


@dataclass
class Off:
    """A clock that is some seconds before or behind."""

    clock: Clock
    seconds: int

    def now(self) -> int:
        return self.clock.now() + self.seconds


class Slow:
    """A node's own view of a key store, to which what is new comes when it may."""

    def __init__(self, store: MemoryKeystore) -> None:
        self._store = store
        self._here = store.signers()
        self.held_back = False

    def signers(self) -> Sequence[Signer]:
        return self._here

    def look_again(self) -> Sequence[Signer]:
        if not self.held_back:
            self._here = self._store.signers()
        return self._here

    def destroy(self, kid: str, entropy: Entropy) -> None:
        self._here = [one for one in self._here if one.kid != kid]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass
class Process:
    """A server, or an operator's command."""

    keys: SigningKeys
    lives: KeyLives
    store: Slow
    stalled: bool = False
    was_stalled: bool = False

    @property
    def policy(self) -> Policy:
        return self.keys.policy

    async def follow(self) -> None:
        if self.stalled:
            return
        with suppress(ValueError):  # a private half is not here: that is told, and serving goes on
            await self.lives.keep_up()

    def signs(self) -> str | None:
        """Return the key that a token would be signed with now; signing it shows no more."""
        try:
            return self.keys.signer(ALG).kid
        except SignerUnavailable:
            return None

    def serve(self, at: int) -> Answer | None:
        try:
            found = json.loads(self.keys.served())["keys"]
        except SignerUnavailable:
            return None
        return Answer(at, self.policy.jwks_max_age, frozenset(key["kid"] for key in found))


@dataclass
class World:
    """Everything, and what came of it."""

    database: Database
    store: MemoryKeystore
    policy: Policy
    proxy: int | None = None
    """For how long a proxy keeps the JWKS beyond what it may; None for no proxy."""
    servers: list[Process] = field(default_factory=list)
    answers: set[Answer] = field(default_factory=set)
    signed: set[Signed] = field(default_factory=set)
    unsigned: int = 0
    """How often a server that always kept up with the table had no key to sign with."""
    route: int = 0
    address: str = "https://id.example/jwks"

    def __post_init__(self) -> None:
        self.clock = FrozenClock()
        self._entropy = SeededEntropy(1)
        self._kept: Answer | None = None

    def process(self, off: int = 0) -> Process:
        """Start something that knows the setting of now."""
        clock, store = Off(self.clock, off), Slow(self.store)
        keys = SigningKeys(store.signers(), clock, self.policy)
        nodes = Nodes(self.database, clock, self._entropy, self.policy)
        lives = KeyLives(
            database=self.database,
            keys=keys,
            store=store,
            outside=cast("Outside", self),
            nodes=nodes,
            leases=Leases(self.database, clock, self._entropy),
            audit=Audit(self.database, log_tree(), clock=clock, entropy=self._entropy),
            secrets=cast("SecretVersions", self),
            clock=clock,
            entropy=self._entropy,
        )
        return Process(keys, lives, store)

    def stage(self, _number: int) -> Awaitable[object]:
        """Let an operator make a key."""
        return self.process().lives.stage(ALG)

    async def retire(self, number: int) -> None:
        """Let an operator end a key that signs, or one that never did."""
        lives, alive = self.process().lives, {KeyState.PUBLISHED, KeyState.ACTIVE}
        keys = [k for k in await lives.everyone() if k.alg == ALG and k.state in alive]
        with suppress(WrongStep):
            await lives.retire(keys[number % len(keys)].kid)

    def stall(self, number: int) -> None:
        """Let a server stand still, or go on."""
        server = self._server(number)
        server.stalled, server.was_stalled = not server.stalled, True

    def hold_back(self, number: int) -> None:
        """Let private halves come to a server no more, or again."""
        store = self._server(number).store
        store.held_back = not store.held_back

    def kill(self, number: int) -> None:
        """Let a server die; the last one does not."""
        if len(self.servers) > 1:
            self.servers.remove(self._server(number))

    def turn(self, number: int) -> None:
        """Let what stands before the servers choose another one."""
        self.route = number

    def configure(self, max_age: int) -> None:
        """Change the setting, for whatever is started from here on.

        Not behind a proxy that breaks the rules: nobody could know what it still gives out.
        """
        if self.proxy:
            return
        self.policy = structs.replace(self.policy, jwks_max_age=max_age)

    def _server(self, number: int) -> Process:
        return self.servers[number % len(self.servers)]

    async def start(self, off: int) -> None:
        """Start a server, in the place of the oldest when there are many."""
        if len(self.servers) == MOST_NODES:
            self.servers.pop(0)
        process = self.process(off)
        await process.follow()
        self.servers.append(process)

    async def keep_up(self) -> None:
        """Let secrets be as they are: this world is about signing keys."""

    def loaded(self) -> list[str]:
        """Tell of no secret."""
        return []

    async def keys(self) -> dict[str, dict[str, Any]]:
        """Look from outside, by the way that platforms take."""
        answers = self._ways()
        if not answers:
            raise OutboundRefused("nobody answers")
        kids = answers[self.route % len(answers)].kids
        return {one.kid: dict(one.public_jwk) for one in self.store.signers() if one.kid in kids}

    def _ways(self) -> list[Answer]:
        """Return what a platform may be given at this moment, one way or another."""
        now = self.clock.now()
        direct = [found for one in self.servers if (found := one.serve(now)) is not None]
        if self.proxy is None:
            return direct
        kept = self._kept
        if direct and (kept is None or kept.at + kept.max_age + self.proxy <= now):
            kept = self._kept = direct[self.route % len(direct)]
        return [] if kept is None else [replace(kept, at=now)]

    async def wait(self, seconds: int) -> None:
        """Let time pass. Servers that can follow the keys do so, and nobody loses a moment."""
        while seconds:
            tick = min(seconds, self.policy.margin // 2)
            self.clock.advance(tick)
            seconds -= tick
            self._observe()
            for server in self.servers:
                await server.follow()
            await self.moment()

    async def moment(self) -> None:
        """Let everybody do what they may."""
        self._observe()
        await self._hurry()
        for server in self.servers[1:]:  # the first one is as slow as it may be
            await server.follow()
        self._observe()

    def _observe(self) -> None:
        """Everybody fetches, and every server signs."""
        self.answers.update(self._ways())
        now = self.clock.now()
        for server in self.servers:
            kid = server.signs()
            if kid is not None:
                policy = server.policy
                self.signed.add(Signed(now, now + policy.longest_token + policy.skew, kid))
            elif not server.was_stalled:
                self.unsigned += 1

    async def _hurry(self) -> None:
        """Try to take every step of an operator at once."""
        process = self.process()
        for key in await process.lives.everyone():
            with suppress(WrongStep):
                if key.state is KeyState.PUBLISHED:
                    await process.lives.activate(key.kid)
                elif key.state is KeyState.RETIRED:
                    await process.lives.remove(key.kid)

    def failures(self) -> list[tuple[Signed, Answer]]:
        """Return tokens that a platform had to refuse, with the JWKS that it did so by.

        It may use an answer as long as it may keep it, for as long as the token looks alive.
        """
        return [
            (token, answer)
            for token in self.signed
            for answer in self.answers
            if token.kid not in answer.kids
            and answer.at <= token.until
            and answer.at + answer.max_age >= token.at
        ]
