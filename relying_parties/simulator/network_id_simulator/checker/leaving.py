"""Back-channel logout: each wrong token is sent to a platform at which somebody is signed in.

Rules. First a right token, which has to sign the person out: a platform that does not listen at all
refuses every wrong token too, and that proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from network_id_simulator.checker.attempts import ANYBODY
from network_id_simulator.checker.observing import Observation
from network_id_simulator.checker.verdict import (
    CRASH_AT_LOGOUT,
    SILENCE_AT_LOGOUT,
    Result,
    Verdict,
    result,
)
from network_id_simulator.fault import Must

if TYPE_CHECKING:
    from network_id_simulator.checker.attempts import Driver
    from network_id_simulator.checker.recognising import Recogniser
    from network_id_simulator.fault import Fault

SPEC: Final = "OpenID Connect Back-Channel Logout 1.0 §2.7"
NO_ADDRESS: Final = "give --backchannel-logout-uri to try it"
DEAF: Final = "a right logout token signs nobody out either"
OK: Final = frozenset({200, 204})
BROKE: Final = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one logout token: the platform's answer, and who is signed in since.

    ``status`` is 0 when no answer came, ``signed_in`` None when it cannot be seen.
    """

    status: int
    signed_in: bool | None


class Leaving:
    """Sends logout tokens, and looks who is signed in afterwards."""

    def __init__(self, driver: Driver, recogniser: Recogniser) -> None:
        self._driver = driver
        self._recogniser = recogniser

    async def control(self) -> Observation:
        """Send a right token."""
        told = await self.tell(None)
        name = "backchannel-logout"
        if told is None:
            return Observation(name, Verdict.NOT_MET, NO_ADDRESS, SPEC)
        if told.signed_in is None:
            seen = "cannot tell whether a right logout token signs out"
            return Observation(name, Verdict.UNCLEAR, seen, SPEC)
        if told.signed_in is False and told.status in OK:
            return Observation(name, Verdict.RIGHT, "a right logout token signs out", SPEC)
        if told.signed_in is False:
            mend = "Answer 200 (or 204) when the session has ended, or you will be told again."
            seen = f"signs out, and answers {told.status or 'nothing'}"
            return Observation(name, Verdict.ADVICE, seen, SPEC, mend)
        mend = (
            "At a POST with a logout_token: verify it, and end the session that began with its sid."
        )
        seen = f"a right logout token signs nobody out (HTTP {told.status})"
        return Observation(name, Verdict.WRONG, seen, SPEC, mend)

    async def judged(self, fault: Fault) -> Result:
        """Send a wrong token and judge what becomes of it."""
        told = await self.tell(fault)
        if told is None:
            return Result(fault, Verdict.NOT_MET, NO_ADDRESS)
        verdict, seen = judge_logout(fault, told)
        return result(fault, verdict, seen)

    async def tell(self, fault: Fault | None) -> Told | None:
        """Sign somebody in, send a logout token, and look; None where there is no address."""
        attempt = await self._driver.sign_in()
        simulation = self._driver.simulation
        # Who was never signed in would look signed out.
        before = await self._recogniser.signed_in(attempt.visit)
        await simulation.arm(fault, ANYBODY)
        status = await simulation.send_logout(ANYBODY)
        after = await self._recogniser.signed_in(attempt.visit)
        signed_in = after if before else None
        await attempt.visit.browser.aclose()
        await simulation.heard()
        return None if status is None else Told(status, signed_in)


def judge_logout(fault: Fault, told: Told) -> tuple[Verdict, str]:
    """Return the verdict on one logout token, and what was seen."""
    if told.signed_in is None:
        return Verdict.UNCLEAR, f"cannot tell whether signed in (HTTP {told.status})"
    if fault.must is Must.SURVIVE:
        return (Verdict.WRONG, "still signed in") if told.signed_in else (Verdict.RIGHT, "sign-out")
    if not told.signed_in:
        allowed = fault.may_sign_in
        return (
            (Verdict.RIGHT, "signed out, as it may") if allowed else (Verdict.WRONG, "signed out")
        )
    if told.status == 0:
        return Verdict.ADVICE, SILENCE_AT_LOGOUT
    if told.status == BROKE:
        return Verdict.ADVICE, CRASH_AT_LOGOUT
    return Verdict.RIGHT, "no sign-out"
