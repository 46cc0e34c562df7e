"""One sign-in at the platform, with a fault or without, and what both sides saw of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network_id_simulator.checker.browser import Browser, Trail
from network_id_simulator.checker.recognising import Visit

if TYPE_CHECKING:
    import httpx2

    from network_id_simulator.checker.browser import Cookies, Place
    from network_id_simulator.checker.simulation import Heard, Simulation
    from network_id_simulator.fault import Fault

# What these faults need before them, in another browser.
BEGINS_ELSEWHERE = frozenset({"state-other-session", "code-other-person"})
ANYBODY = "adult"
SIGNS_IN_ELSEWHERE = frozenset({"code-replayed"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was tried. ``before`` and ``after``: the cookies when the answer was brought,
    and at the end.
    """

    fault: Fault | None
    visit: Visit
    trail: Trail
    heard: Heard
    before: Cookies
    after: Cookies

    @property
    def met(self) -> bool:
        """Tell whether the fault reached the platform."""
        return self.fault is not None and self.fault.name in self.heard.faults


@dataclass(frozen=True, slots=True)
class Driver:
    """Makes browsers, and sends them through sign-ins."""

    place: Place
    simulation: Simulation
    transport: httpx2.AsyncBaseTransport
    seconds: float

    def browser(self) -> Browser:
        """Return a browser that was never at the platform."""
        return Browser(self.place, self.transport, self.seconds)

    async def sign_in(self, fault: Fault | None = None, persona: str = ANYBODY) -> Attempt:
        """Sign in once, in a new browser. The caller closes the browser."""
        if fault is not None and fault.name in BEGINS_ELSEWHERE | SIGNS_IN_ELSEWHERE:
            await self._prepare(fault)
        await self.simulation.arm(fault, persona)
        browser = self.browser()
        trail = await browser.fetch_answer()
        before = browser.cookies()
        if trail.answer is not None:
            await browser.bring(trail, trail.answer)
        heard = await self.simulation.heard()
        return Attempt(fault, Visit(browser, trail), trail, heard, before, browser.cookies())

    async def abandon(self) -> Visit:
        """Return a browser that went as far as the provider, and did not come back."""
        await self.simulation.arm(None, ANYBODY)
        browser = self.browser()
        return Visit(browser, await browser.fetch_answer())

    async def _prepare(self, fault: Fault) -> None:
        await self.simulation.arm(None, ANYBODY)
        other = self.browser()
        if fault.name in BEGINS_ELSEWHERE:
            await other.fetch_answer()
        else:
            await other.sign_in()
        await other.aclose()
