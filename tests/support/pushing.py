"""Pushed requests: what a platform sends to `/par`, and the browser's way from there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from idp.domain.client import AuthMethod
from idp.protocol.client_authentication import ASSERTION_TYPE
from tests.support.assertions import assertion
from tests.support.logins import basic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.browser_like import Answer, Browser, Headers
    from tests.support.logins import Platform


async def push(
    platform: Platform, headers: Headers | None = None, /, **changes: str | None
) -> Answer:
    """Push a request, authenticating as registered."""
    return await push_form(platform, platform.request(**changes), headers)


async def push_form(
    platform: Platform, form: Mapping[str, str], more: Headers | None = None
) -> Answer:
    sent, headers = dict(form), {**(more or {})}
    method = platform.registered.client.auth_method
    if method is AuthMethod.BASIC:
        headers |= basic(platform.client_id, platform.secret)
    elif method is AuthMethod.POST:
        sent |= {"client_secret": platform.secret}
    elif method is AuthMethod.PRIVATE_KEY_JWT:
        return await push_by_assertion(platform, assertion(platform), sent, more)
    return await platform.provider.browser().post(f"{platform.base}/par", sent, headers=headers)


async def push_by_assertion(
    platform: Platform,
    proof: str,
    form: Mapping[str, str] | None = None,
    headers: Headers | None = None,
) -> Answer:
    sent = dict(platform.request() if form is None else form)
    sent |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
    return await platform.provider.browser().post(f"{platform.base}/par", sent, headers=headers)


async def request_uri(platform: Platform, **changes: str | None) -> str:
    answer = await push(platform, **changes)
    assert answer.status == 201, answer.text
    found: str = answer.json()["request_uri"]
    return found


def address(platform: Platform, uri: str, **more: str) -> str:
    """Where the platform sends the browser."""
    query = {"client_id": platform.client_id, "request_uri": uri} | more
    return f"{platform.base}/authorize?{urlencode(query)}"


async def visit(platform: Platform, browser: Browser, uri: str, **more: str) -> Answer:
    """Send a browser with a pushed request; return where it ends: a page, or the platform."""
    return await browser.follow(await browser.get(address(platform, uri, **more)))


async def log_in(
    platform: Platform, browser: Browser, uri: str, *, remember: bool = False
) -> Answer:
    """Walk a persona through all that is asked; return the redirect to the platform."""
    page = await visit(platform, browser, uri)
    if "/signin?" in page.url:
        page = await platform.choose_persona(browser, page, "adult")
    if "/consent?" in page.url:
        page = await platform.decide(browser, page, "allow", remember=remember)
    assert page.status == 303, f"not at the platform but on {page.url[:40]}: {page.text[:500]}"
    return page


async def ask(platform: Platform, browser: Browser, **changes: str | None) -> Answer:
    """Push a request and send the browser with it, as ``Platform.ask``."""
    return await visit(platform, browser, await request_uri(platform, **changes))
