"""More sign-ins than can be served, from an eighth of a core: the server is to be what is short.

Connections are state machines over ready bytes, for one that parses and awaits like a client would
take what the server needs. Each sign-in is another visitor, who comes once: nobody here waits and
tries again, so what is refused is not made up for by ``Retry-After``.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final, cast

from tests.faults.traffic import Seen
from tests.support.wire import request

if TYPE_CHECKING:
    from tests.faults.platform import Platform

MOST_CONNECTIONS: Final = 600
_TICK_SECONDS: Final = 0.002
_GIVE_UP_SECONDS: Final = 30.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: ?([0-9]+)\r\n", re.IGNORECASE)
_RETRY: Final = re.compile(rb"\r\nretry-after: ?[0-9]+\r\n", re.IGNORECASE)
_NUMBER: Final = re.compile(rb"\r\nx-request-id: ?[0-9a-f]+\r\n", re.IGNORECASE)
_CODE: Final = re.compile(rb"\r\nlocation: ?[^\r]*[?&]code=([^&\r]+)", re.IGNORECASE)
_TOKEN: Final = re.compile(rb'"access_token": ?"([^"]+)"')
_SUB: Final = re.compile(rb'"(sub)": ?"')
_HOLE: Final = "0" * 43  # as long as a code

# Path, the status that is due, and what the next request takes from such an answer.
_STEPS: Final = (
    ("/authorize", b"303", _CODE),
    ("/token", b"200", _TOKEN),
    ("/userinfo", b"200", _SUB),
)


class Requests:
    """The three requests of a sign-in, made once."""

    def __init__(self, platform: Platform) -> None:
        self.first = platform.authorization()
        self._form = platform.redemption(_HOLE)
        head = request("GET", "/userinfo", authorization="Bearer ")
        self._bearer = head.removesuffix(b"\r\n\r\n")

    def after(self, step: int, found: bytes) -> bytes:
        """Return the request that follows, with what was found in the last answer."""
        if step == 0:
            assert len(found) == len(_HOLE), found
            return self._form.replace(_HOLE.encode(), found)
        return self._bearer + found + b"\r\n\r\n"


class Lane(asyncio.Protocol):
    """One kept connection; one sign-in at a time."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._step = 0
        self._asked = self._began = 0.0
        self.signing_in = False

    def begin(self) -> None:
        self.signing_in = True
        self._began = time.perf_counter()
        self._ask(0, self._storm.requests.first)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._storm.lost(self, f"{_STEPS[self._step][0]}: the connection was closed: {exc}")

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        end = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, end + 2) if end >= 0 else None
        if length is None or len(data) < end + 4 + int(length[1]):
            self._data = data
            return
        self._data = b""
        self._answered(data, end + 2)

    def _ask(self, step: int, data: bytes) -> None:
        assert self._transport is not None
        self._step, self._asked = step, time.perf_counter()
        self._transport.write(data)

    def _answered(self, data: bytes, head: int) -> None:
        seen, step, status = self._storm.seen, self._step, data[9:12]
        path, due, wanted = _STEPS[step]
        found = wanted.search(data) if status == due else None
        if found is not None and step < len(_STEPS) - 1:
            self._ask(step + 1, self._storm.requests.after(step, found[1]))
            return
        now = time.perf_counter()
        if found is not None:
            seen.whole += 1
            seen.whole_seconds.append(now - self._began)
        elif status == b"503" and _RETRY.search(data, 0, head) and _NUMBER.search(data, 0, head):
            seen.refused[path] += 1
            seen.refused_seconds.append(now - self._asked)
        else:
            seen.wrong[f"{path}: {data[:80]!r}"] += 1
        self.signing_in = False
        self._storm.ended(self)


class Storm:
    """Sign-ins of one person at one platform, at one port. ``seen`` is what came of the last."""

    def __init__(self, platform: Platform, port: int) -> None:
        self.requests = Requests(platform)
        self.seen = Seen()
        self._port = port
        self._free: list[Lane] = []
        self._under_way: set[Lane] = set()
        self._again = False  # whoever is through begins anew
        self._calm = asyncio.Event()

    def close(self) -> None:
        for lane in [*self._free, *self._under_way]:
            lane.close()

    async def capacity(self, seconds: float, lanes: int) -> float:
        """Return how many sign-ins a second there are when so many wait for each other."""
        await self._start(lanes)
        self._again, began = True, time.perf_counter()
        for _ in range(lanes):
            self._begin()
        await asyncio.sleep(seconds)
        whole, took = self.seen.whole, time.perf_counter() - began
        self._again = False
        await self._end()
        assert not self.seen.wrong, self.seen.wrong
        assert not self.seen.refused, self.seen.refused
        return whole / took

    async def pace(self, rate: float, seconds: float) -> Seen:
        """Begin ``rate`` sign-ins a second for so many seconds, and wait for their ends."""
        await self._start(MOST_CONNECTIONS)
        began, count = time.perf_counter(), 0
        while (now := time.perf_counter() - began) < seconds:
            for _ in range(int(now * rate) - count):
                count += 1
                if self._free:
                    self._begin()
                else:
                    self.seen.late += 1
            await asyncio.sleep(_TICK_SECONDS)
        await self._end()
        return self.seen

    def ended(self, lane: Lane) -> None:
        """Note that a sign-in is through."""
        self._under_way.discard(lane)
        self._free.append(lane)
        if self._again:
            self._begin()
        elif not self._under_way:
            self._calm.set()

    def lost(self, lane: Lane, why: str) -> None:
        """Note that a connection is gone, and perhaps a sign-in with it."""
        if lane.signing_in:
            self.seen.wrong[why[:100]] += 1
        self._under_way.discard(lane)
        if lane in self._free:
            self._free.remove(lane)
        if not self._under_way:
            self._calm.set()

    async def _start(self, lanes: int) -> None:
        loop = asyncio.get_running_loop()
        while len(self._free) < lanes:
            _, lane = await loop.create_connection(lambda: Lane(self), "127.0.0.1", self._port)
            self._free.append(lane)
        self.seen = Seen()

    def _begin(self) -> None:
        lane = self._free.pop()
        self.seen.begun += 1
        self._under_way.add(lane)
        lane.begin()

    async def _end(self) -> None:
        self._calm.clear()
        if not self._under_way:
            return
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                await self._calm.wait()
        except TimeoutError:
            self.seen.wrong["no answer"] += len(self._under_way)
