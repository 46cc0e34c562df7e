"""A whole run: controls, faults in their order, controls between them, verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from network_id_simulator.checker.controls import Controls
from network_id_simulator.checker.leaving import DEAF, Leaving
from network_id_simulator.checker.markup import look_for_markup
from network_id_simulator.checker.observing import observe
from network_id_simulator.checker.plan import ALONE, plan
from network_id_simulator.checker.report import Report
from network_id_simulator.checker.verdict import Evidence, Result, Verdict, judge
from network_id_simulator.checker.wish import CannotRunError
from network_id_simulator.fault import Must
from network_id_simulator.faults import FAULTS

if TYPE_CHECKING:
    from network_id_simulator.checker.attempts import Attempt, Driver
    from network_id_simulator.checker.observing import Observation, Seen
    from network_id_simulator.checker.wish import Wish, World
    from network_id_simulator.fault import Fault

NOT_TRIED = "not tried: nobody could sign in any more"


class Run:
    """One run against one platform."""

    def __init__(self, driver: Driver, wish: Wish, world: World) -> None:
        self._driver = driver
        self._wish = wish
        self._world = world
        self._plan = plan(wish.only, wish.skip)
        self._controls = Controls(driver, wish, world)
        self._results: dict[str, Result] = {}

    async def report(self) -> Report:
        """Try everything. Raises CannotRunError when the controls say nothing."""
        begun = self._world.monotonic()
        await self._controls.reach()
        early = [(fault, await self._early(fault)) for fault in self._plan.early]
        self._world.tell("good sign-ins", len(self._plan.faults))
        seen = await self._calibrate([fault.name for fault, tried in early if not tried.not_met])
        for fault, attempt in early:
            # It signed somebody in since: it stands.
            self._keep(fault, replace(await self._evidence(attempt), recovered=True))
        works = True
        for batch in self._plan.batches:
            if works:
                works = await self._batch(batch)
            else:
                self._leave_out(batch, NOT_TRIED)
        observations = [*observe(seen), await look_for_markup(self._driver)]
        if works and self._plan.logout:
            observations.append(await self._logout())
        else:
            self._leave_out(self._plan.logout, NOT_TRIED)
        return Report(
            login=self._driver.place.login,
            issuer=self._driver.simulation.issuer,
            told_by=self._controls.recogniser.told_by,
            results=tuple(self._results[name] for name in FAULTS if name in self._results),
            observations=tuple(observations),
            seconds=self._world.monotonic() - begun,
        )

    async def _calibrate(self, met: list[str]) -> Seen:
        """Find out how a sign-in shows here, after these faults. Raises CannotRunError."""
        try:
            return await self._controls.calibrate()
        except CannotRunError as error:
            if error.code != "no_sign_in" or not met:
                raise
            text = (
                f"{error}. Or it keeps what a broken answer told it: restart it, and if it then "
                f"passes with --skip endpoint,keys-empty, it does not recover from one of "
                f"{', '.join(met)}"
            )
            raise CannotRunError(error.code, text, error.notes) from None

    async def _early(self, fault: Fault) -> Attempt:
        """Try a fault of metadata or keys; if thorough, until the platform has asked for them."""
        attempt, waited = await self._try(fault), 0.0
        while self._wish.thorough and attempt.is_pausing and waited < self._wish.patience:
            await attempt.visit.browser.aclose()
            waited += await self._world.pause(waited)
            attempt = await self._driver.sign_in(fault)
        return attempt

    async def _batch(self, batch: tuple[Fault, ...]) -> bool:
        """Try some faults and see whether a good sign-in still works; tell whether it does."""
        found = [await self._judgeable(fault) for fault in batch]
        needed = batch[0].group in ALONE or not all(seen.signed_in for _, seen in found)
        works, waited = await self._controls.good() if needed else (True, 0)
        for fault, evidence in found:
            self._keep(fault, replace(evidence, recovered=works, recovery=waited))
        return works

    async def _logout(self) -> Observation:
        """Send logout tokens, the right one first; return what that one showed."""
        leaving = Leaving(self._driver, self._controls.recogniser)
        control = await leaving.control()
        if control.verdict not in {Verdict.RIGHT, Verdict.ADVICE}:
            why = DEAF if control.verdict is Verdict.WRONG else control.seen
            self._leave_out(self._plan.logout, why)
            return control
        for fault in self._plan.logout:
            self._world.tell(fault.name, len(self._plan.faults))
            self._results[fault.name] = await leaving.judged(fault)
        return control

    def _leave_out(self, faults: tuple[Fault, ...], why: str) -> None:
        for fault in faults:
            self._results[fault.name] = Result(fault, Verdict.NOT_MET, why)

    async def _try(self, fault: Fault) -> Attempt:
        self._world.tell(fault.name, len(self._plan.faults))
        return await self._driver.sign_in(fault)

    async def _judgeable(self, fault: Fault) -> tuple[Fault, Evidence]:
        """Try a fault, again while a platform may be waiting before it fetches keys anew."""
        evidence = await self._evidence(await self._try(fault))
        waited = 0.0
        while _may_be_waiting(fault, evidence) and waited < self._wish.patience:
            waited += await self._world.pause(waited)
            evidence = await self._evidence(await self._driver.sign_in(fault))
        return fault, replace(evidence, waited=round(waited))

    async def _evidence(self, attempt: Attempt) -> Evidence:
        """Look whether somebody is signed in, and close the browser."""
        look = await self._controls.recogniser.look(attempt.visit)
        signed_in = await self._controls.recogniser.signed_in(attempt.visit)
        await attempt.visit.browser.aclose()
        return Evidence(
            signed_in=signed_in,
            not_met=attempt.not_met,
            status=attempt.trail.end.status,
            began_again=attempt.trail.began_again,
            stayed_as=self._controls.whose(look.text) if look else "",
        )

    def _keep(self, fault: Fault, evidence: Evidence) -> None:
        self._results[fault.name] = judge(fault, evidence)


def _may_be_waiting(fault: Fault, evidence: Evidence) -> bool:
    return fault.must is Must.SURVIVE and fault.group == "keys" and evidence.signed_in is False
