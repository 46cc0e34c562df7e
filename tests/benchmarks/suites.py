"""The parts of a run: logins, everything else, two workers, cold starts, memory."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Final

from tests.benchmarks import ours, peer
from tests.benchmarks.figures import LOGINS, SERVER, Setting
from tests.benchmarks.processes import Memory, cpu_seconds, largest
from tests.benchmarks.providers import NotHere, opened
from tests.benchmarks.runs import Runs, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.benchmarks.providers import Place, Provider, Served

PROVIDERS: Final[dict[str, Callable[[Place], Provider]]] = {
    "ours-sqlite": ours.on_sqlite,
    "ours-sqlite-normal": ours.on_sqlite_normal,
    "ours-postgresql": ours.on_postgresql,
    "node-memory": peer.in_memory,
    "node-postgresql": peer.on_postgresql,
}
OTHERS: Final = ("refresh", "client_credentials", "introspection", "discovery", "jwks")
GOAL: Final = Setting("", LOGINS, "ES256", 16)
_OTHER_SETTINGS: Final = (
    replace(GOAL, alg="RS256"),
    replace(GOAL, connections=1),
    replace(GOAL, connections=64),
)
_STARTS: Final = 3


@dataclass(frozen=True)
class Start:
    """Until a provider answers, from the first moment on: seconds, and CPU seconds."""

    wall: float
    cpu: float


@dataclass
class Asked:
    """What to measure, and how thoroughly."""

    providers: list[str]
    rounds: int
    logins: int
    people: int


@dataclass
class Bench:
    """Providers that are up, and what was measured of them."""

    asked: Asked
    folder: Path
    stack: ExitStack
    runs: Runs
    served: dict[str, Served] = field(default_factory=dict)
    prepared: dict[str, Provider] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    starts: dict[str, Start] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make every provider ready, and start none; raises NotHere when none can be."""
        for name in self.asked.providers:
            say(f"making {name} ready ...")
            try:
                made = opened(PROVIDERS[name], self.folder / name, self.asked.people)
                self.prepared[name] = self.stack.enter_context(made)
            except NotHere as why:
                say(f"{name} is left out: {why}")
        if not self.prepared:
            raise NotHere("no provider is left")

    def start(self, names: Iterable[str] | None = None) -> None:
        """Start those that were made ready."""
        for name in names or self.prepared:
            if name in self.prepared:
                self.served[name] = self.stack.enter_context(self.prepared[name].serving())
                self.runs.warm(name, self.served[name])

    def silent(self, *, everything: bool = True) -> None:
        """Silent logins: what the goals are about in all rounds, then the other settings."""
        self.runs.alternate(self.served, GOAL)
        if everything:
            rest = replace(self.runs, count=max(self.runs.count // 2, 200))
            for setting in _OTHER_SETTINGS:
                rest.alternate(self.served, setting)
        self._weigh()

    def others(self, names: Iterable[str] = OTHERS) -> None:
        """All that is not a login."""
        fewer = replace(self.runs, rounds=min(self.runs.rounds, 3))
        for name in names:
            fewer.alternate(self.served, replace(GOAL, scenario=name))

    def _weigh(self) -> None:
        for name, served in self.served.items():
            self.memory[name] = largest(served.watch[SERVER])

    def workers(self) -> None:
        """One worker and two, in turn, at instances of their own kind."""
        for base in ("ours-sqlite", "ours-postgresql"):
            if base not in self.served:
                continue
            name = f"{base}-2"
            with ExitStack() as stack:
                made = opened(PROVIDERS[base], self.folder / name, self.asked.people)
                provider = stack.enter_context(made)
                two = stack.enter_context(provider.serving(2))
                both = {base: self.served[base], name: two}
                setting = replace(GOAL, connections=32)
                self.runs.alternate(both, setting, workers={name: 2})
                self.memory[name] = largest(two.watch[SERVER])

    def cold_starts(self) -> None:
        """Start each several times, alone; those that were up must have been stopped."""
        for name, made in self.prepared.items():
            # The peer makes its people when it starts; that is no part of what it costs.
            provider = replace(made, people=1) if isinstance(made, peer.Peer) else made
            found = []
            for _ in range(_STARTS):
                began = time.perf_counter()
                with provider.serving() as served:
                    wall = time.perf_counter() - began
                    found.append(Start(wall, cpu_seconds(served.watch[SERVER])))
            self.starts[name] = Start(
                median(one.wall for one in found), median(one.cpu for one in found)
            )
            say(f"{name} starts in {self.starts[name].wall:.2f} s")
