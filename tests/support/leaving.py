"""A platform that sends people to the end session endpoint, and people who answer there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.support.logins import Platform

if TYPE_CHECKING:
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

AFTER: Final = "https://shop.example/after?kept=1"
STATE: Final = "x" * 100 + " +&=%/?\u7f51"


async def leaving_platform(provider: Provider, **metadata: Any) -> Platform:
    """A platform that registered a way back."""
    given = {"post_logout_redirect_uris": [AFTER, "https://shop.example/bye"]} | metadata
    return await Platform.register(provider, **given)


def logout_url(hint: str | None = None, **sent: str) -> str:
    """The address that a platform sends the browser to."""
    asked = ({"id_token_hint": hint} if hint else {}) | sent
    return f"/logout?{urlencode(asked)}" if asked else "/logout"


async def logout_page(browser: Browser, hint: str | None = None, **sent: str) -> Answer:
    """Send the browser to the end session endpoint; return the page it ends on."""
    return await browser.follow(await browser.get(logout_url(hint, **sent)))


async def choose(browser: Browser, page: Answer, choice: str = "out", **changes: str) -> Answer:
    """Press one of the buttons of the page that asks."""
    form = page.form("/signout") | {"choice": choice} | changes
    return await browser.post("/signout", form)


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/signout")).status == 200
