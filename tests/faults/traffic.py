"""Sign-ins at a steady pace, as they come: whether or not those before are through."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.faults.platform import Platform
    from tests.support.wire import WireAnswer

_MOST_CONNECTIONS: Final = 600
_GIVE_UP_SECONDS: Final = 30.0


@dataclass
class Seen:
    """What came of sign-ins: how many were whole, and what every other request was told."""

    whole: int = 0
    begun: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """503 with all that belongs to it, by path."""
    wrong: Counter[str] = field(default_factory=Counter)
    refused_seconds: list[float] = field(default_factory=list)
    whole_seconds: list[float] = field(default_factory=list)
    late: int = 0
    """Sign-ins that could not begin in time because this process had no connection left."""

    def refusal(self, path: str, answer: WireAnswer, seconds: float) -> bool:
        """Note a 503 as it should be; tell whether this answer is one."""
        if answer.status != 503 or not answer.headers.get("retry-after", "").isdigit():
            return False
        if "x-request-id" not in answer.headers:
            return False
        self.refused[path] += 1
        self.refused_seconds.append(seconds)
        return True

    def percentile(self, share: float) -> float:
        """Return how many milliseconds that share of the refusals took at most."""
        ordered = sorted(self.refused_seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


class Traffic:
    """Sign-ins of one person at one platform, over kept connections to some ports."""

    def __init__(self, platform: Platform, ports: Sequence[int]) -> None:
        self._platform = platform
        self._ports = ports
        self._free: list[Wire] = []
        self._made = 0
        self._begin = platform.authorization()

    def close(self) -> None:
        for wire in self._free:
            wire.close()

    async def capacity(self, seconds: float, lanes: int = 16) -> float:
        """Return how many sign-ins a second there are when so many wait for each other."""
        seen, end = Seen(), time.monotonic() + seconds

        async def lane() -> None:
            while time.monotonic() < end:
                await self._one(seen)

        await asyncio.gather(*(lane() for _ in range(lanes)))
        assert not seen.wrong, seen.wrong
        return seen.whole / seconds

    async def pace(self, rate: float, seconds: float, seen: Seen | None = None) -> Seen:
        """Begin ``rate`` sign-ins a second for so many seconds, and wait for their ends."""
        seen = seen or Seen()
        began, count, tasks = time.monotonic(), 0, set[asyncio.Task[None]]()
        while (now := time.monotonic() - began) < seconds:
            for _ in range(int(now * rate) - count):
                count += 1
                if len(tasks) >= _MOST_CONNECTIONS:
                    seen.late += 1
                    continue
                task = asyncio.create_task(self._one(seen))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(0.005)
        if tasks:
            await asyncio.wait(tasks)
        return seen

    async def _one(self, seen: Seen) -> None:
        wire = self._free.pop() if self._free else self._connection()
        seen.begun += 1
        began = time.monotonic()
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                whole = await self._sign_in(wire, seen)
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            seen.wrong[f"{type(error).__name__}: {error}"[:100]] += 1
            wire.close()
        else:
            if whole:
                seen.whole += 1
                seen.whole_seconds.append(time.monotonic() - began)
        self._free.append(wire)

    def _connection(self) -> Wire:
        self._made += 1
        return Wire(self._ports[self._made % len(self._ports)])

    async def _sign_in(self, wire: Wire, seen: Seen) -> bool:
        answer = await self._asked(wire, "/authorize", self._begin, seen, 303)
        if answer is None:
            return False
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        answer = await self._asked(wire, "/token", self._platform.redemption(code), seen, 200)
        if answer is None:
            return False
        bearer = f"Bearer {answer.json()['access_token']}"
        asking = request("GET", "/userinfo", authorization=bearer)
        answer = await self._asked(wire, "/userinfo", asking, seen, 200)
        return answer is not None and "sub" in answer.json()

    async def _asked(
        self, wire: Wire, path: str, data: bytes, seen: Seen, due: int
    ) -> WireAnswer | None:
        """Return the answer that is due, or None after noting what came instead."""
        began = time.monotonic()
        answer = await wire.ask(data)
        if answer.status == due:
            return answer
        if not seen.refusal(path, answer, time.monotonic() - began):
            seen.wrong[f"{path}: {answer.status} {answer.body[:80]!r}"] += 1
        return None


async def watched(
    port: int, paths: Sequence[str], while_true: Callable[[], bool], every: float = 0.2
) -> Counter[str]:
    """Ask for these paths again and again; return what was answered, as ``path status``."""
    told = Counter[str]()
    async with Wire(port) as wire:
        while while_true():
            for path in paths:
                try:
                    async with asyncio.timeout(_GIVE_UP_SECONDS):
                        answer = await wire.ask(request("GET", path))
                except (OSError, TimeoutError) as error:
                    told[f"{path} {type(error).__name__}"] += 1
                    wire.close()
                else:
                    told[f"{path} {answer.status}"] += 1
            await asyncio.sleep(every)
    return told


async def during(
    watching: Callable[[Callable[[], bool]], Awaitable[Counter[str]]], work: Awaitable[Seen]
) -> tuple[Counter[str], Seen]:
    """Do the work, and watch for as long as it takes."""
    going = True
    watcher = asyncio.ensure_future(watching(lambda: going))
    try:
        seen = await work
    finally:
        going = False
    return await watcher, seen
