"""Request objects (RFC 9101): right ones, and ones that differ in one member."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.support.assertions import register as register_with_keys
from tests.support.jwt import key, signed

if TYPE_CHECKING:
    from idp.protocol.jose import Signer
    from tests.support.browser_like import Answer, Browser
    from tests.support.logins import Platform
    from tests.support.provider import Provider

TYP: Final = "oauth-authz-req+jwt"
_NUMBERS: Final = itertools.count(1)


async def register(provider: Provider, **metadata: Any) -> Platform:
    """A client with a key of its own and a secret, or another method."""
    return await register_with_keys(
        provider, **({"token_endpoint_auth_method": "client_secret_basic"} | metadata)
    )


def claims(platform: Platform, **changes: Any) -> dict[str, Any]:
    """What a careful client signs; a change to None leaves a member out."""
    now = platform.provider.clock.now()
    ordinary: dict[str, Any] = platform.request() | {
        "iss": platform.client_id,
        "aud": platform.provider.issuer,
        "jti": f"request {next(_NUMBERS)}",
        "iat": now,
        "nbf": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (ordinary | changes).items() if value is not None}


def request_object(platform: Platform, signer: Signer | None = None, **changes: Any) -> str:
    return signed(signer or key(), claims(platform, **changes), typ=TYP)


def address(platform: Platform, **query: str) -> str:
    """Where the browser is sent: `client_id`, and what is given."""
    return f"{platform.base}/authorize?{urlencode({'client_id': platform.client_id} | query)}"


async def visit(platform: Platform, browser: Browser, **query: str) -> Answer:
    """Send a browser; return where it ends: a page, or the platform."""
    return await browser.follow(await browser.get(address(platform, **query)))


async def log_in(platform: Platform, browser: Browser, **query: str) -> Answer:
    """Walk a persona through all that is asked; return the redirect to the platform."""
    page = await visit(platform, browser, **query)
    if "/signin?" in page.url:
        page = await platform.choose_persona(browser, page, "adult")
    if "/consent?" in page.url:
        page = await platform.decide(browser, page, "allow")
    assert page.status == 303, f"not at the platform but on {page.url[:40]}: {page.text[:500]}"
    return page
