"""Operators with passkeys, made and used through the operators' own pages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.authenticator import SoftAuthenticator

if TYPE_CHECKING:
    from idp.domain.operator import Role
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

_NUMBERS = itertools.count(1)


@dataclass
class Desk:
    """One operator at one browser, with a passkey of their own."""

    provider: Provider
    browser: Browser
    authenticator: SoftAuthenticator
    operator_id: bytes
    name: str

    @classmethod
    async def join(cls, provider: Provider, *roles: Role, browser: Browser | None = None) -> Desk:
        """Add an operator with `roles` and join by the link; leaves the browser signed in."""
        name = f"Operator {next(_NUMBERS)}"
        invitation = await provider.services.operations.operators.add(name, frozenset(roles))
        operator_id = invitation.operator.operator_id
        authenticator = SoftAuthenticator()
        desk = cls(provider, browser or provider.browser(), authenticator, operator_id, name)
        answer = await desk.use_link(invitation.link)
        assert (answer.status, answer.location) == (303, "/operator"), answer.text
        return desk

    async def open_link(self, link: str) -> Answer:
        """Open a one-time link; return the page that asks for a passkey, or why there is none."""
        page = await self.browser.get("/operator/join")
        form = page.form("/operator/join") | {"link": link}
        return await self.browser.follow(await self.browser.post("/operator/join", form))

    async def use_link(self, link: str) -> Answer:
        """Open a one-time link and make a passkey with it; return the direct answer."""
        page = await self.open_link(link)
        assert page.status == 200, page.text
        return await self.make_passkey(page)

    async def make_passkey(self, page: Answer, **tamper: Any) -> Answer:
        """Answer the page that asks for a passkey."""
        credential = self.authenticator.create(
            page.passkey_options(), self.provider.issuer, **tamper
        )
        form = page.form("/operator/join/passkey") | {"credential": credential}
        return await self.browser.post("/operator/join/passkey", form)

    async def sign_in(self, then: str = "") -> Answer:
        """Sign in on the operators' page; return the direct answer."""
        page = await self.browser.get(f"/operator/signin?then={then}")
        credential = self.authenticator.get(page.passkey_options(), self.provider.issuer)
        form = page.form("/operator/signin") | {"credential": credential}
        return await self.browser.post("/operator/signin", form)

    async def send(self, page: Answer, action: str, **fields: str) -> Answer:
        """Fill in the form of `page` that goes to `action`; return the direct answer."""
        return await self.browser.post(action, page.form(action) | fields)


def session_cookies(browser: Browser) -> set[str]:
    """Names of cookies by which a browser is signed in as anybody."""
    return {name for name in browser.cookies if name.endswith(("session", "operator"))}
