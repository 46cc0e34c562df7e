"""Five times as many sign-ins as can be served: what is begun is finished, the rest is told so."""

from __future__ import annotations

import gc
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.faults.fault import Fault, Outcome
from tests.faults.overload_driver import Storm
from tests.faults.platform import Platform
from tests.faults.traffic import during, watched

if TYPE_CHECKING:
    from tests.faults.fault import World
    from tests.faults.traffic import Seen

SECONDS: Final = 120
TIMES: Final = 5
LEAST_GOODPUT: Final = 0.8
MOST_MILLISECONDS: Final = 100
RECOVERY_SECONDS: Final = 30
_ALWAYS: Final = ("/jwks", "/.well-known/openid-configuration", "/healthz/ready")
_AT_ONCE: Final = (16, 64)
_CALM: Final = 0.4  # of the capacity: what follows the storm


async def _overload(kind: str, world: World) -> Outcome:
    async with world.nodes(kind, count=1) as nodes:
        platform = await Platform.register(nodes)
        storm = Storm(platform, nodes.ports[0])
        seconds = max(3.0, SECONDS * world.part)
        try:
            capacity = await _capacity(storm, min(10.0, seconds))
            watching = partial(watched, nodes.ports[0], _ALWAYS)
            gc.collect()
            gc.freeze()  # what this process holds is nothing to look through meanwhile
            cpu = time.process_time()
            told, seen = await during(watching, storm.pace(capacity * TIMES, seconds))
            cpu = (time.process_time() - cpu) / seconds
            recovery = await _recovered(storm, capacity * _CALM)
            after = await _capacity(storm, min(10.0, seconds))
        finally:
            gc.unfreeze()
            storm.close()
    outcome = judged(seen, capacity, seconds, recovery)
    # Judges nothing: it tells whether the machine itself was quicker in one minute than in another.
    outcome.numbers["capacity after"] = round(after, 1)
    outcome.numbers["cores of the driver"] = round(cpu, 2)
    outcome.wrong += [f"{one}: {n} times" for one, n in told.items() if not one.endswith(" 200")]
    return outcome


async def _capacity(storm: Storm, seconds: float) -> float:
    """Return the most that is served: by few at once, or by many, who share what is waited for."""
    await storm.capacity(seconds / 2, _AT_ONCE[0])  # warm
    return max([await storm.capacity(seconds, lanes) for lanes in _AT_ONCE])


async def _recovered(storm: Storm, rate: float) -> float:
    """Return after how many seconds a whole second passed in which nobody was refused."""
    began = time.monotonic()
    while (since := time.monotonic() - began) < RECOVERY_SECONDS:
        seen = await storm.pace(rate, 1.0)
        if seen.whole == seen.begun and not seen.late:
            return since
    return RECOVERY_SECONDS + 1


def judged(seen: Seen, capacity: float, seconds: float, recovery: float) -> Outcome:
    """Say what came of it."""
    goodput, slowest = seen.whole / seconds, seen.percentile(0.99)
    outcome = Outcome(
        f"{seen.begun / seconds:.0f} sign-ins/s of {capacity:.0f} that can be served: "
        f"{goodput:.0f}/s whole ({goodput / capacity:.0%}), {sum(seen.refused.values())} refused, "
        f"99 % of them within {slowest:.0f} ms; recovery in {recovery:.0f} s",
        numbers={
            "capacity": round(capacity, 1),
            "goodput share": round(goodput / capacity, 3),
            "refused p50 ms": round(seen.percentile(0.5), 1),
            "refused p99 ms": round(slowest, 1),
            "refused after a code": seen.refused["/token"] + seen.refused["/userinfo"],
            "recovery seconds": round(recovery, 1),
        },
    )
    if goodput < capacity * LEAST_GOODPUT:
        outcome.wrong.append(f"goodput is {goodput / capacity:.0%} of the capacity")
    if slowest > MOST_MILLISECONDS:
        outcome.wrong.append(f"refusals took {slowest:.0f} ms (99 %)")
    if recovery > RECOVERY_SECONDS:
        outcome.wrong.append("it did not recover")
    if seen.late > seen.begun * 0.02:
        outcome.wrong.append(f"{seen.late} sign-ins were never sent: this process was too slow")
    outcome.wrong += [f"{one}: {count} times" for one, count in seen.wrong.most_common(5)]
    return outcome


_PROMISED: Final = (
    "goodput >= 80 % of the capacity, the rest 503 with Retry-After within 100 ms, "
    "recovery <= 30 s; JWKS, discovery and health always answered"
)
FAULTS: Final = [
    Fault(f"overload-{kind}", _PROMISED, partial(_overload, kind))
    for kind in ("sqlite", "postgresql")
]
