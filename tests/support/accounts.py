"""People with an account and a session of their own, as many as a test needs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from idp.domain.age import civil_day
from idp.proofing.sandbox import Citizen
from idp.protocol import acr
from idp.services.enrolment import NewAccount

if TYPE_CHECKING:
    from idp.proofing.proof import Proof
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

FIREFOX: Final = "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0"
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, and the browser in which they are signed in."""

    provider: Provider
    browser: Browser
    person_id: bytes
    proof: Proof

    async def press(self, page: Answer, action: str, **fields: str) -> Answer:
        """Send the form that goes to `action`; return the direct answer."""
        return await self.browser.post(action, page.form(action) | fields)

    async def sign_in(self, browser: Browser | None = None) -> Browser:
        """Sign in with a passkey as of now, here or in one more browser."""
        browser = browser or self.provider.browser()
        await browser.get("/signin?again=1")
        name = next(name for name in browser.cookies if name.endswith("browser"))
        session = name.replace("browser", "session")
        browser.cookies[session] = await self.provider.services.sessions.begin(
            self.person_id,
            acr=acr.PASSKEY,
            amr=acr.PASSKEY_METHODS,
            instead_of=browser.cookies.get(session),
            user_agent=FIREFOX,
        )
        return browser

    async def signed_in(self, browser: Browser | None = None) -> bool:
        """Tell whether a browser opens the account."""
        return (await (browser or self.browser).get("/account")).status == 200


async def somebody(provider: Provider) -> Somebody:
    """Enrol one more invented person, and sign them in."""
    settings, enrolment = provider.parts.settings, provider.services.enrolment
    number = f"N-{next(_NUMBERS)}"
    citizen = Citizen(number, number, number, date(1990, 5, 17))
    proof = citizen.proof(civil_day(provider.clock.now(), ZoneInfo(settings.time_zone)))
    account = NewAccount(enrolment.new_user_id(), sandbox=settings.sandbox)
    person_id = await enrolment.create(proof, account)
    assert person_id is not None
    found = Somebody(provider, provider.browser(), person_id, proof)
    await found.sign_in(found.browser)
    return found
