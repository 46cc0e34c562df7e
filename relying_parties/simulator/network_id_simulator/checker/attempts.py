"""One sign-in at the platform, with a fault or without, and what both sides saw of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from network_id_simulator.checker.browser import Browser, Trail
from network_id_simulator.checker.recognising import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from network_id_simulator.checker.browser import Cookies, Place
    from network_id_simulator.checker.pages import Step
    from network_id_simulator.checker.simulation import Heard, Simulation
    from network_id_simulator.fault import Fault

BEGINS_ELSEWHERE: Final = "state-other-session"  # the one fault that needs another browser before
NEVER_CAME: Final = {
    "discovery": "it did not fetch the metadata (it has them from before)",
    "jwks": "it did not fetch the keys (it has them from before)",
    "userinfo": "it does not ask userinfo",
    "par": "it does not push its requests",
    "token": "it did not redeem the code",
    "authorize": "it did not send the browser to the provider",
}
PAUSES: Final = "it pauses after the failure before (--thorough waits)"
# What the platform has to send before the fault means anything.
COMPARED: Final = {
    "nonce": "nonce",
    "nonce-missing": "nonce",
    "state": "state",
    "state-missing": "state",
}
ANYBODY: Final = "adult"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was tried.

    ``before`` and ``after``: the cookies when the answer was brought, and at the end.
    """

    fault: Fault | None
    visit: Visit
    trail: Trail
    heard: Heard
    before: Cookies
    after: Cookies

    @property
    def is_pausing(self) -> bool:
        """Tell whether the platform asked nothing at all: it remembers that this failed before."""
        return not self.heard.asked and self.trail.authorize is None

    @property
    def not_met(self) -> str:
        """Say why the fault did not reach the platform, or nothing when it did."""
        if self.fault is None or self.fault.name not in self.heard.faults:
            at = self.fault.at if self.fault else "authorize"
            return PAUSES if self.is_pausing and at in {"discovery", "jwks"} else NEVER_CAME[at]
        what = COMPARED.get(self.fault.name, "")
        if what and not self.heard.request.get(what):
            return f"it sends no {what}"
        if self.fault.name == "age-text" and "age_over" not in self.heard.request.get("claims", ""):
            return "it asks for no age"
        return ""


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
        if fault is not None and fault.name == BEGINS_ELSEWHERE:
            await (await self.abandon()).browser.aclose()
        await self.simulation.arm(fault, persona)
        browser = self.browser()
        trail = await browser.fetch_answer()
        before = browser.cookies()
        if trail.answer is not None:
            await browser.bring(trail, trail.answer)
        heard = await self.simulation.heard()
        return Attempt(fault, Visit(browser, trail), trail, heard, before, browser.cookies())

    async def altered(self, fault: Fault, alter: Callable[[Step], Step]) -> Visit:
        """Sign in once, and alter the provider's answer on the way. The caller closes it."""
        await self.simulation.arm(fault, ANYBODY)
        browser = self.browser()
        trail = await browser.fetch_answer()
        if trail.answer is not None:
            await browser.bring(trail, alter(trail.answer))
        return Visit(browser, trail)

    async def abandon(self) -> Visit:
        """Return a browser that went as far as the provider, and did not come back."""
        await self.simulation.arm(None, ANYBODY)
        browser = self.browser()
        return Visit(browser, await browser.fetch_answer())
