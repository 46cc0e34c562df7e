"""Codes and refresh tokens that many clients send at once, to servers that share a database."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.faults.fault import Fault, Outcome
from tests.faults.platform import Platform
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.fault import World
    from tests.support.wire import WireAnswer

CODES: Final = 10_000
RACERS: Final = 16
_LANES: Final = 3  # races at a time; with more of them a server would have too many at once
_BATCH: Final = 400  # a code lives for a minute


@dataclass
class Races:
    """How many racers of each code were given tokens, and what the others were told."""

    winners: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def doubles(self) -> int:
        return sum(count for winners, count in self.winners.items() if winners > 1)

    @property
    def unused(self) -> int:
        return self.winners[0]

    @property
    def others(self) -> dict[str, int]:
        """What was answered that is neither tokens nor ``invalid_grant``."""
        return {name: count for name, count in self.errors.items() if name != "invalid_grant"}


class Lane:
    """Sixteen kept connections, spread over the servers: whoever races, races on all of them."""

    def __init__(self, ports: Sequence[int]) -> None:
        turns = itertools.cycle(ports)
        self._wires = [Wire(next(turns)) for _ in range(RACERS)]

    async def race(self, data: bytes) -> list[WireAnswer | None]:
        """Send one request on all connections at once; None for what got no answer."""
        return await asyncio.gather(*(self._one(wire, data) for wire in self._wires))

    async def _one(self, wire: Wire, data: bytes) -> WireAnswer | None:
        try:
            return await wire.ask(data)
        except OSError:
            return None

    def close(self) -> None:
        for wire in self._wires:
            wire.close()


async def race(
    platform: Platform, values: Sequence[str], made: Callable[[str], bytes]
) -> list[list[WireAnswer | None]]:
    """Let racers send the request that ``made`` makes of each value; return their answers."""
    waiting = list(enumerate(values))
    found: list[list[WireAnswer | None]] = [[] for _ in values]

    async def run(lane: Lane) -> None:
        while waiting:
            number, value = waiting.pop()
            found[number] = await lane.race(made(value))

    lanes = [Lane(platform.nodes.ports) for _ in range(_LANES)]
    try:
        await asyncio.gather(*(run(lane) for lane in lanes))
    finally:
        for lane in lanes:
            lane.close()
    return found


async def race_codes(platform: Platform, count: int) -> Races:
    """Race so many codes."""
    races = Races()
    for left in range(count, 0, -_BATCH):
        codes = await platform.codes(min(left, _BATCH))
        for answers in await race(platform, codes, platform.redemption):
            told = Counter("no answer" if one is None else one.error() for one in answers)
            races.winners[told.pop("", 0)] += 1
            races.errors += told
    return races


async def _codes(kind: str, world: World) -> Outcome:
    async with world.nodes(kind) as nodes:
        platform = await Platform.register(nodes)
        races = await race_codes(platform, world.count(CODES))
    return judged(races)


def judged(races: Races) -> Outcome:
    """Say what came of it."""
    count = races.winners.total()
    others = sum(races.others.values())
    outcome = Outcome(
        f"{count} codes x {RACERS} clients x 2 nodes: {races.doubles} double redemptions, "
        f"{others} errors other than invalid_grant, {races.winners[1]} redeemed once",
        numbers={"codes": count, "doubles": races.doubles, "other errors": others},
    )
    if races.doubles:
        outcome.wrong.append(f"codes by how often they were redeemed: {dict(races.winners)}")
    if races.unused:
        outcome.wrong.append(f"{races.unused} codes that nobody was given tokens for")
    if others:
        outcome.wrong.append(f"other answers: {races.others}")
    return outcome


_PROMISED: Final = "0 double redemptions, 0 errors other than invalid_grant"
FAULTS: Final = [
    Fault(f"codes-{kind}", _PROMISED, partial(_codes, kind)) for kind in ("sqlite", "postgresql")
]
