"""Clients that sign in and stay connected while servers die, and remember what they were told."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from tests.faults.platform import OFFLINE, Platform
from tests.support.wire import Wire

if TYPE_CHECKING:
    from types import TracebackType

    from tests.support.wire import WireAnswer

_CLIENTS: Final = 8
_PAUSE_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 90
_GRACE_SECONDS: Final = 10  # as long a retry with a replaced refresh token is honoured for certain
_INVALID: Final = "invalid_grant"
_UNAVAILABLE: Final = "temporarily_unavailable"


@dataclass
class Held:
    """A code that was redeemed for certain, and every refresh token that was given for it."""

    code: str
    refresh_tokens: list[str]


@dataclass
class Told:
    """What clients were told, and what was wrong about it.

    ``unheard``: answers that never came, and what had been done all the same. ``late``: retries
    that came after the grace time, which is nobody's fault.
    """

    redeemed: int = 0
    refreshed: int = 0
    raced: int = 0
    doubles: int = 0
    forks: int = 0
    unheard: int = 0
    late: int = 0
    checked: int = 0
    back: float = 0.0
    """Seconds until the servers were ready again after a kill, at most."""
    interrupted: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Reply:
    """An answer, whether an earlier try may have been carried out, and seconds since the first."""

    answer: WireAnswer
    doubtful: bool
    seconds: float

    @property
    def error(self) -> str:
        return self.answer.error()


class Load:
    """Runs as long as the block. ``told`` are the figures."""

    def __init__(self, platform: Platform, seed: int = 0) -> None:
        self.told = Told()
        self._platform = platform
        self._random = random.Random(seed)
        self._recent: list[Held] = []
        self._stopped = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._client(one)) for one in range(_CLIENTS)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def check(self, most: int) -> None:
        """See whether what was told last still holds: tokens work, codes stay used."""
        found, self._recent = self._recent[-most:], []
        caller = _Caller(self._platform, self.told, self._random)
        for held in found:
            self.told.checked += 1
            given = await self._refresh_everywhere(caller, held.refresh_tokens[-1])
            if await self._refresh(caller, held):
                self.told.forks += len(given | {held.refresh_tokens[-1]}) > 1
                again = await caller.ask(self._platform.redemption(held.code))
                self.told.doubles += again.error == ""
                self._expect(again, {"", _INVALID}, "a code that was redeemed before")
        caller.close()

    async def _refresh_everywhere(self, caller: _Caller, token: str) -> set[str]:
        """Send a refresh token to every server at once; return the tokens that come instead."""
        answers = await caller.everywhere(self._platform.refreshing(token))
        return {one.json()["refresh_token"] for one in answers if one.status == 200}

    async def _client(self, number: int) -> None:
        caller = _Caller(self._platform, self.told, self._random)
        for turn in itertools.count(number):
            if self._stopped:
                break
            code = await caller.code()
            if turn % 3 == 0:
                await self._race(caller, code)
            else:
                await self._stay(caller, code)
        caller.close()

    async def _race(self, caller: _Caller, code: str) -> None:
        """Redeem a code at every server at once: nobody retries."""
        answers = await caller.everywhere(self._platform.redemption(code))
        told = Counter(one.error() for one in answers)
        self.told.raced += 1
        self.told.doubles += told[""] > 1
        for error in set(told) - {"", _INVALID}:
            if not error.startswith(_UNAVAILABLE):
                self.told.wrong.append(f"a raced code: {error}")

    async def _stay(self, caller: _Caller, code: str) -> None:
        """Redeem a code and refresh twice, trying again for as long as nobody answers."""
        reply = await caller.ask(self._platform.redemption(code))
        if reply.error == _INVALID and reply.doubtful:
            self.told.unheard += 1
            return
        if not self._expect(reply, {""}, "a code"):
            return
        self.told.redeemed += 1
        held = Held(code, [reply.answer.json()["refresh_token"]])
        if all([await self._refresh(caller, held) for _ in range(2)]):
            self._recent.append(held)

    async def _refresh(self, caller: _Caller, held: Held) -> bool:
        reply = await caller.ask(self._platform.refreshing(held.refresh_tokens[-1]))
        if reply.error == _INVALID and reply.doubtful and reply.seconds >= _GRACE_SECONDS:
            self.told.late += 1
            return False
        if reply.error == _INVALID:
            self.told.lost.append("a refresh token that was given out is refused")
        if not self._expect(reply, {"", _INVALID}, "a refresh token") or reply.error:
            return False
        self.told.refreshed += 1
        held.refresh_tokens.append(reply.answer.json()["refresh_token"])
        return True

    def _expect(self, reply: _Reply, allowed: set[str], what: str) -> bool:
        if reply.error in allowed:
            return True
        self.told.wrong.append(f"{what}: {reply.error}, retried: {reply.doubtful}")
        return False


class _Caller:
    """One client's connections, one to each server."""

    def __init__(self, platform: Platform, told: Told, entropy: random.Random) -> None:
        self._platform = platform
        self._told = told
        self._random = entropy
        self._wires = [Wire(port) for port in platform.nodes.ports]

    def close(self) -> None:
        for wire in self._wires:
            wire.close()

    async def code(self) -> str:
        """Return a code, from whoever gives one."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            wire = self._random.choice(self._wires)
            try:
                return await self._platform.code(wire, OFFLINE)
            except OSError:
                assert time.monotonic() < deadline, "nobody gives a code any more"
            await asyncio.sleep(_PAUSE_SECONDS)

    async def ask(self, data: bytes) -> _Reply:
        """Send a request to one server or another until it is answered by something but 503."""
        began, doubtful = time.monotonic(), False
        while time.monotonic() - began < _PATIENCE_SECONDS:
            wire = self._random.choice(self._wires)
            try:
                await wire.send(data)
            except OSError:
                self._told.interrupted["nobody there"] += 1
            else:
                doubtful_before, doubtful = doubtful, True
                try:
                    answer = await wire.read()
                except OSError:
                    self._told.interrupted["no answer"] += 1
                else:
                    if answer.status != 503:
                        return _Reply(answer, doubtful_before, time.monotonic() - began)
                    self._told.interrupted["503"] += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        raise AssertionError("nobody answers any more")

    async def everywhere(self, data: bytes) -> list[WireAnswer]:
        """Send a request to every server at once; return the answers that come."""
        answers = await asyncio.gather(*(self._once(wire, data) for wire in self._wires))
        return [one for one in answers if one is not None]

    async def _once(self, wire: Wire, data: bytes) -> WireAnswer | None:
        try:
            return await wire.ask(data)
        except OSError:
            return None
