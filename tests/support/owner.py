"""Somebody with an account, who looks after their passkeys over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.support import passkeys

if TYPE_CHECKING:
    from idp.domain.activity import Happened
    from tests.support.authenticator import SoftAuthenticator
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

LIST: Final = "/account/passkeys"
ANDROID: Final = {"user-agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0"}
IDS: Final = re.compile(r'name="passkey" value="([0-9a-f]{32})"')
NAMES: Final = re.compile(r'data-testid="passkey-name">(.*?)</span>')


@dataclass
class Owner:
    """Somebody with an account, at the browser in which it was made a moment ago."""

    provider: Provider
    browser: Browser
    device: SoftAuthenticator

    async def page(self) -> Answer:
        return await self.browser.follow(await self.browser.get(LIST))

    async def names(self) -> list[str]:
        return [re.sub("</?bdi>", "", name) for name in NAMES.findall((await self.page()).text)]

    async def ids(self) -> list[str]:
        return list(dict.fromkeys(IDS.findall((await self.page()).text)))

    async def add(self, device: SoftAuthenticator, **lies: Any) -> Answer:
        self.provider.clock.advance(1)
        page = await self.browser.get(f"{LIST}/add")
        credential = device.create(page.passkey_options(), self.provider.issuer, **lies)
        form = page.form(f"{LIST}/add") | {"credential": credential}
        return await self.browser.post(f"{LIST}/add", form, headers=ANDROID)

    async def act(self, act: str, passkey: str, **fields: str) -> Answer:
        self.provider.clock.advance(1)
        page = await self.page()
        form = page.form(f"{LIST}/{act}") | {"passkey": passkey} | fields
        return await self.browser.post(f"{LIST}/{act}", form)

    async def sign_in(self, browser: Browser, device: SoftAuthenticator, **at: str) -> Answer:
        page = await browser.get("/signin?again=1" + "".join(f"&{k}={v}" for k, v in at.items()))
        return await passkeys.sign_in(self.provider, browser, page, device)

    async def happened(self) -> list[Happened]:
        cookie = next(v for k, v in self.browser.cookies.items() if k.endswith("session"))
        account = await self.provider.services.sessions.find(cookie)
        assert account is not None
        person_id = account.session.person_id
        events = await self.provider.services.activity.events(person_id, [])
        return [event.happened for event in events]
