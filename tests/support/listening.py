"""Platforms that hear when a session ends, and what they heard."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from idp.protocol import jose, logout_token
from idp.services.logouts import SPREAD_SECONDS
from tests.support.logins import Platform

if TYPE_CHECKING:
    from idp.domain.session import Visit
    from tests.support.browser_like import Browser
    from tests.support.internet import Internet
    from tests.support.provider import Provider

_NUMBERS: Final = itertools.count(1)


async def listener(provider: Provider, internet: Internet, **metadata: Any) -> Platform:
    """A platform with a logout URI that answers 200."""
    url = internet.serve(f"https://listener-{next(_NUMBERS)}.example/logout")
    return await Platform.register(provider, backchannel_logout_uri=url, **metadata)


def heard(provider: Provider, internet: Internet, platform: Platform) -> list[dict[str, Any]]:
    """The claims of the logout tokens that a platform was sent, each of them verified."""
    url = platform.registered.client.backchannel_logout_uri
    sent = [one for one in internet.asked if one.url == url]
    assert all(one.method == "POST" and one.form.keys() == {"logout_token"} for one in sent)
    return [
        dict(
            jose.verify(
                one.form["logout_token"],
                provider.services.keys.public,
                algs=[platform.registered.client.id_token_alg],
                typs=[logout_token.TYP],
            ).claims
        )
        for one in sent
    ]


async def everything_told(provider: Provider) -> list[str]:
    """Let the longest delay pass and everything be sent; return who could not be told."""
    provider.clock.advance(SPREAD_SECONDS)
    return await provider.services.logouts.deliver()


async def sid(platform: Platform, browser: Browser, persona: str = "adult") -> str:
    """Log in at a platform; return the sid that it got."""
    return str((await platform.id_token(browser, persona))["sid"])


async def visits(provider: Provider, browser: Browser) -> tuple[Visit, ...]:
    """What the session of a browser is known as, at which clients."""
    cookie = next(value for name, value in browser.cookies.items() if name.endswith("session"))
    account = await provider.services.sessions.find(cookie)
    assert account is not None
    return account.session.visits
