"""Somebody who looks after their platforms over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from idp.services.platforms import slug_of

if TYPE_CHECKING:
    from idp.domain.activity import Happened
    from idp.services.sessions import Account
    from tests.support.browser_like import Answer, Browser
    from tests.support.logins import Platform
    from tests.support.provider import Provider

LIST: Final = "/account/platforms"
STATE: Final = re.compile(r'data-testid="state">(.*?)</p>')
NETWORK_ID: Final = re.compile(r'data-testid="network-id">(.*?)</span>')


@dataclass
class Holder:
    """A person signed in at a browser. They differ from test to test, where that matters."""

    provider: Provider
    browser: Browser

    @classmethod
    async def signed_in(cls, provider: Provider, persona: str = "adult") -> Self:
        browser = provider.browser()
        await provider.sign_in(browser, persona)
        return cls(provider, browser)

    async def everywhere(self) -> Answer:
        return await self.browser.get(LIST)

    async def page(self, platform: Platform) -> Answer:
        return await self.browser.get(path_of(platform))

    async def state(self, platform: Platform) -> str:
        """What the page says about the one service that the person has to do with."""
        (said,) = STATE.findall((await self.page(platform)).text)
        return str(said)

    async def network_id(self, platform: Platform) -> str:
        (shown,) = NETWORK_ID.findall((await self.page(platform)).text)
        return str(shown).replace("<wbr>", "").replace("-", "")

    async def withdraw(self, platform: Platform) -> Answer:
        """Press the button; seconds pass, as between all that people do."""
        self.provider.clock.advance(1)
        action = f"{path_of(platform)}/withdraw"
        return await self.browser.post(action, (await self.page(platform)).form(action))

    async def renew(self, platform: Platform, **changes: str) -> Answer:
        self.provider.clock.advance(1)
        action = f"{path_of(platform)}/renew"
        page = await self.browser.get(action)
        return await self.browser.post(action, page.form(action) | {"understood": "on"} | changes)

    async def receipt(self, platform: Platform) -> dict[str, Any]:
        answer = await self.browser.get(receipt_of(platform))
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def happened(self, platform: Platform) -> list[Happened]:
        sector = platform.registered.client.sector
        events = await self.provider.services.activity.events(await self.person_id(), [sector])
        return [event.happened for event in events if event.sector == sector]

    async def person_id(self) -> bytes:
        return (await self.account()).session.person_id

    async def account(self) -> Account:
        cookie = next(v for k, v in self.browser.cookies.items() if k.endswith("session"))
        account = await self.provider.services.sessions.find(cookie)
        assert account is not None
        return account


def path_of(platform: Platform) -> str:
    """The address of a platform's page."""
    return f"{LIST}/{slug_of(platform.registered.client.sector)}"


def receipt_of(platform: Platform) -> str:
    """The address of the receipt of the last yes to a platform's client."""
    return f"{path_of(platform)}/receipt?client={platform.client_id}"
