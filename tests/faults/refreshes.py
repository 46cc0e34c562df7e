"""Refresh tokens that many clients send at once, to servers that share a database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.faults.codes import RACERS, race
from tests.faults.fault import Fault, Outcome
from tests.faults.platform import OFFLINE, Platform
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.fault import World

CHAINS: Final = 500
ROUNDS: Final = 5
_BATCH: Final = 100  # chains at a time: a code lives for a minute


@dataclass
class Chains:
    """What came of racing for the next token of chains, and of an old token that came back."""

    races: int = 0
    forks: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    reused: int = 0
    revived: int = 0

    def outcome(self) -> Outcome:
        """Say what came of it."""
        others = self.errors.total()
        outcome = Outcome(
            f"{self.races} tokens x {RACERS} clients x 2 nodes: {self.forks} chains with two live "
            f"tokens, {others} errors; {self.reused} old tokens came back, {self.revived} honoured",
            numbers={"races": self.races, "forks": self.forks, "errors": others},
        )
        if self.forks:
            outcome.wrong.append(f"{self.forks} races gave two different tokens")
        if others:
            outcome.wrong.append(f"refused in a race: {dict(self.errors)}")
        if self.revived:
            outcome.wrong.append(f"{self.revived} times a token worked in a chain that had to end")
        return outcome


async def race_chains(platform: Platform, count: int) -> Chains:
    """Let so many chains move on by races, then send an old token of each from everywhere."""
    chains = Chains()
    for left in range(count, 0, -_BATCH):
        tokens = [[one] for one in await begun(platform, min(left, _BATCH))]
        for _ in range(ROUNDS):
            await _race(platform, tokens, chains)
        await _come_back(platform, tokens, chains)
    return chains


async def begun(platform: Platform, count: int) -> list[str]:
    """Return the first refresh tokens of so many chains."""
    found = []
    async with Wire(platform.nodes.ports[0]) as wire:
        for code in await platform.codes(count, OFFLINE):
            answer = await wire.ask(platform.redemption(code))
            found.append(answer.json()["refresh_token"])
    return found


async def _race(platform: Platform, tokens: Sequence[list[str]], chains: Chains) -> None:
    live = [one[-1] for one in tokens]
    raced = await race(platform, live, platform.refreshing)
    for known, answers in zip(tokens, raced, strict=True):
        told = Counter("no answer" if one is None else one.error() for one in answers)
        told.pop("", 0)
        chains.errors += told
        given = {
            one.json()["refresh_token"] for one in answers if one is not None and one.status == 200
        }
        chains.races += 1
        chains.forks += len(given) > 1
        known.extend(given or known[-1:])


async def _come_back(platform: Platform, tokens: Sequence[list[str]], chains: Chains) -> None:
    """RFC 9700 §4.14.2: an old token ends its chain, so that nobody's token of it works then."""
    for which in (0, -1):
        raced = await race(platform, [one[which] for one in tokens], platform.refreshing)
        chains.reused += len(raced) if which == 0 else 0
        chains.revived += sum(
            one is None or one.error() != "invalid_grant" for answers in raced for one in answers
        )


async def _refreshes(kind: str, world: World) -> Outcome:
    async with world.nodes(kind) as nodes:
        chains = await race_chains(await Platform.register(nodes), world.count(CHAINS))
    return chains.outcome()


_PROMISED: Final = "one live token in each chain, 0 errors, and an old token ends its chain"
FAULTS: Final = [
    Fault(f"refreshes-{kind}", _PROMISED, partial(_refreshes, kind))
    for kind in ("sqlite", "postgresql")
]
