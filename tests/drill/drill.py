"""What happens in a drill, and what is told of it."""

# ruff: noqa: ASYNC110 - what is waited for happens in other processes
from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.app import build_services
from idp.domain.signing_key import KeyState
from tests.drill.kills import REVOCATION, arm, disarm
from tests.drill.platforms import CALLBACK, USERINFO, Refused, Signing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.web.site import Services
    from tests.drill.instance import Instance

PLATFORMS: Final = {"sdk": "ES256", "curious": "RS256", "patient": "ES256"}
ALG: Final = "ES256"
_LOOK_SECONDS: Final = 0.2
_LATE: Final = 600  # seconds of the clock: ten chances to take a step that was due


@dataclass
class Report:
    """The figures."""

    seconds: float = 0
    simulated: int = 0
    rotations: int = 0
    compromises: int = 0
    kills: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    logins: int = 0
    tokens: int = 0
    verifications: int = 0
    interrupted: int = 0
    failed: list[str] = field(default_factory=list)
    of_the_stolen_key: int = 0
    for_a_human: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not (self.failed or self.for_a_human or self.missed)

    def lines(self) -> list[str]:
        return [
            f"{self.rotations} rotations, {self.compromises} stolen key given up",
            f"{len(self.kills)} times kill -9",
            f"{self.seconds:.0f} s, by the fast clock {self.simulated} s",
            f"{self.logins} logins, {self.tokens} tokens, {self.verifications} verifications",
            f"failed verifications: {len(self.failed)}",
            f"refused, as they should be, since the key was stolen: {self.of_the_stolen_key}",
            f"requests that met a dying server: {self.interrupted}",
            f"states that need a human: {len(self.for_a_human)}",
            *(f"  {one}" for one in (*self.failed[:20], *self.for_a_human)),
            *(f"  nobody was killed at: {one}" for one in self.missed),
            "all is well" if self.well else "NOT all is well",
        ]


class Drill:
    """One drill on a running instance."""

    def __init__(self, instance: Instance, *, pause: float = 0.02) -> None:
        """Let each platform wait ``pause`` seconds between two logins."""
        self._instance = instance
        self._pause = pause
        self._services: Services = build_services(instance.parts)
        self._stolen: set[str] = set()
        self._theft = (0, -1)  # from when until when the command to give it up was run
        self.report = Report()

    async def run(
        self, queues: Sequence[Sequence[str]], *, rotations: int, theft: bool, patience: float
    ) -> Report:
        """Rotate so often, die at each point, have a key stolen; ``patience``: seconds for one.

        Of each queue one point waits at a time for somebody to come by.
        """
        began, first = time.monotonic(), self._instance.clock.now()
        platforms = await self._platforms()
        signing = [asyncio.create_task(one.run()) for one in platforms]
        await asyncio.gather(*(self._kill(points, patience) for points in queues))
        if theft:
            await self._steal()
        deadline = time.monotonic() + rotations * patience
        while await self._rotations() < rotations and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
        self.report.for_a_human += await self._left_for_a_human(patience)
        for one in platforms:
            one.stopped = True
        await asyncio.gather(*signing)
        self._judge(platforms)
        self.report.rotations = await self._rotations()
        self.report.seconds = time.monotonic() - began
        self.report.simulated = self._instance.clock.now() - first
        return self.report

    async def _kill(self, points: Sequence[str], patience: float) -> None:
        for point in points:
            dead = await self._instance.die_at(point, within=patience)
            (self.report.kills if dead else self.report.missed).append(point)
            await self._instance.ready()

    async def _platforms(self) -> list[Signing]:
        found = []
        for name, alg in PLATFORMS.items():
            registered = await self._services.clients.add(
                {
                    "client_name": name,
                    "platform": name,
                    "purpose": "To see whether keys change unseen.",
                    "alternative": "None is needed here.",
                    "redirect_uris": [CALLBACK],
                    "id_token_signed_response_alg": alg,
                }
            )
            assert registered.secret is not None
            client = (registered.client.client_id, registered.secret)
            made = Signing(self._instance.issuer, client, self._instance.clock, name)
            made.pause = self._pause
            found.append(made)
        return found

    async def _steal(self) -> None:
        """Give the key that signs up, once another is ready; the command dies twice on its way."""
        began = self._instance.clock.now()
        for point in REVOCATION:
            arm(self._instance.kills, point)
            await asyncio.to_thread(self._instance.revoke(ALG).wait)
            dead = disarm(self._instance.kills, point)
            (self.report.kills if dead else self.report.missed).append(point)
        keys = await self._services.key_lives.everyone()
        self._stolen = {key.kid for key in keys if key.state is KeyState.COMPROMISED}
        for kid in self._stolen:
            if await asyncio.to_thread(self._instance.revoke(kid).wait) != 0:
                self.report.for_a_human.append("the command that gives a key up fails")
        self._theft = (began, self._instance.clock.now())
        self.report.compromises = len(self._stolen)

    async def _rotations(self) -> int:
        """Return how many keys of one algorithm have come and gone as they should."""
        over = {KeyState.RETIRED, KeyState.REMOVED}
        keys = await self._services.key_lives.everyone()
        return sum(key.alg == ALG and key.state in over for key in keys)

    def _judge(self, platforms: Sequence[Signing]) -> None:
        report = self.report
        for one in platforms:
            figures = one.figures
            report.logins += figures.logins
            report.tokens += figures.tokens
            report.verifications += figures.verifications
            report.interrupted += figures.interrupted
            for refused in figures.failed:
                if self._is_of_the_theft(refused):
                    report.of_the_stolen_key += 1
                else:
                    report.failed.append(f"{refused.name}, {refused.where}: {refused.about}")
        report.for_a_human += self._instance.unforeseen

    def _is_of_the_theft(self, refused: Refused) -> bool:
        """Tell whether a token had to be refused: of the stolen key, or its grant was ended."""
        if any(kid in refused.about for kid in self._stolen):
            return True
        # All that was granted until the command is over ends with the key, whichever key signed.
        began, ended = self._theft
        return refused.where == USERINFO and began <= refused.made_at <= ended

    async def _left_for_a_human(self, patience: float) -> list[str]:
        """Return what does not mend itself within so many seconds."""
        deadline = time.monotonic() + patience
        while (found := await self._wrong()) and time.monotonic() < deadline:
            await asyncio.sleep(1)
        return found

    async def _wrong(self) -> list[str]:
        findings = await self._services.key_check.findings()
        status = await self._services.rotation.status()
        late = self._instance.clock.now() - _LATE
        return [f"{one.code}: {one.about}: {one.text}" for one in findings] + [
            f"{due.alg}: {due.step} is overdue: {status.problems.get(due.alg, '')}"
            for due in status.coming.values()
            if due.at < late
        ]
