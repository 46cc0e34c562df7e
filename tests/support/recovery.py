"""Somebody who lost their device, walking back through the provider's own pages."""

from __future__ import annotations

import html
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from idp.domain.clock import SECONDS_PER_DAY
from tests.support.authenticator import SoftAuthenticator
from tests.support.passkeys import enrol, sign_in
from tests.support.provider import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

WAIT: Final = 7 * SECONDS_PER_DAY

_CODE: Final = re.compile(r'<code dir="ltr">([0-9A-Z-]{20})</code>')


@dataclass
class Owner:
    """Somebody enrolled, with a browser of theirs, a passkey, and ten codes on paper."""

    provider: Provider
    browser: Browser
    authenticator: SoftAuthenticator
    codes: list[str]
    person_id: bytes

    async def comes_back(
        self, authenticator: SoftAuthenticator | None = None, browser: Browser | None = None
    ) -> Answer:
        """Sign in, by default with the first passkey in the own browser; the direct answer."""
        browser = browser or self.browser
        page = await browser.get("/signin?again=1")
        return await sign_in(self.provider, browser, page, authenticator or self.authenticator)


@asynccontextmanager
async def owner(folder: Path, **settings: Any) -> AsyncIterator[Owner]:
    """An instance of its own with somebody enrolled: citizens are few, and clocks go far."""
    async with running(folder, **settings) as provider:
        yield await another_owner(provider)


async def another_owner(provider: Provider) -> Owner:
    """Enrol somebody, and let them make their codes."""
    browser = provider.browser()
    authenticator = await enrol(provider, browser)
    cookie = next(value for name, value in browser.cookies.items() if "session" in name)
    account = await provider.services.sessions.find(cookie)
    assert account is not None
    codes = await make_codes(browser)
    return Owner(provider, browser, authenticator, codes, account.session.person_id)


async def make_codes(browser: Browser) -> list[str]:
    """Make recovery codes as somebody who has just signed in; return them as they are shown."""
    page = await browser.get("/account/recovery")
    assert page.status == 200, page.text
    shown = await browser.post("/account/recovery", page.form("/account/recovery"))
    assert shown.status == 200, shown.text
    return _CODE.findall(html.unescape(shown.text))


async def send_code(browser: Browser, code: str) -> Answer:
    """Enter a recovery code; return the direct answer."""
    page = await browser.get("/recover/code")
    return await browser.post("/recover/code", page.form("/recover/code") | {"code": code})


async def make_new_passkey(
    provider: Provider, browser: Browser, page: Answer, authenticator: SoftAuthenticator
) -> Answer:
    """Make the new passkey on its page; return the direct answer."""
    credential = authenticator.create(page.passkey_options(), provider.issuer)
    form = page.form("/recover/passkey") | {"credential": credential}
    return await browser.post("/recover/passkey", form)


async def recover(provider: Provider, browser: Browser, code: str) -> SoftAuthenticator:
    """Begin a recovery with a code on a new device; return who holds the passkey that waits."""
    authenticator = SoftAuthenticator()
    page = await browser.follow(await send_code(browser, code))
    answer = await browser.follow(await make_new_passkey(provider, browser, page, authenticator))
    assert answer.status == 200, answer.text
    assert answer.url.startswith("/recover/waiting"), answer.url
    return authenticator
