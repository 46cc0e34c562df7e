"""Operators with passkeys, made and used through the operators' own pages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idp.domain.operator import Role
from tests.support.authenticator import SoftAuthenticator

if TYPE_CHECKING:
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


@dataclass
class TwoDesks:
    """Two operators of support, who agree on what either of them asks for."""

    one: Desk
    other: Desk

    @classmethod
    async def at(cls, provider: Provider) -> TwoDesks:
        """Let two operators join."""
        return cls(await Desk.join(provider, Role.SUPPORT), await Desk.join(provider, Role.SUPPORT))

    async def open_case(self, network_id: str, reference: str = "AZ 4711/26") -> str:
        """Open a case; return its id."""
        answer = await self.approved(await ask_to_open(self.one, network_id, reference))
        return case_of(answer)

    async def suspend(
        self, case_id: str, reason: str = "An order.", authority: str = "A court"
    ) -> str:
        """Suspend the account of a case; return the proposal's id."""
        proposal_id = await ask_in(self.one, case_id, "suspend", reason=reason, authority=authority)
        await self.approved(proposal_id)
        return proposal_id

    async def lift(self, case_id: str, reason: str = "It was a mistake.") -> str:
        """Lift the suspension of a case, the other way round; return the proposal's id."""
        proposal_id = await ask_in(self.other, case_id, "lift", reason=reason)
        answer = await approve(self.one, proposal_id)
        assert answer.status == 303, answer.text
        return proposal_id

    async def approved(self, proposal_id: str) -> Answer:
        """Let the other one approve."""
        answer = await approve(self.other, proposal_id)
        assert answer.status == 303, answer.text
        return answer


async def ask_to_open(desk: Desk, network_id: str, reference: str = "AZ 4711/26") -> str:
    """Propose to open a case; return the proposal's id."""
    path = "/operator/cases/new"
    page = await desk.browser.get(path)
    answer = await desk.send(page, path, network_id=network_id, reference=reference)
    return proposal_of(answer)


async def ask_in(desk: Desk, case_id: str, act: str, **words: str) -> str:
    """Propose something in a case; return the proposal's id."""
    path = f"/operator/cases/{case_id}"
    answer = await desk.send(await desk.browser.get(path), f"{path}/{act}", **words)
    return proposal_of(answer)


async def approval(desk: Desk, proposal_id: str) -> dict[str, str]:
    """The form by which a desk would approve, its passkey ceremony done."""
    path = f"/operator/proposals/{proposal_id}"
    page = await desk.browser.get(path)
    assert page.status == 200, page.text
    # Whichever passkey the desk has: what the page allows binds an honest browser only.
    options = page.passkey_options() | {"allowCredentials": []}
    credential = desk.authenticator.get(options, desk.provider.issuer)
    return page.form(f"{path}/approve") | {"credential": credential}


async def approve(desk: Desk, proposal_id: str) -> Answer:
    """Approve with the desk's passkey; return the direct answer."""
    form = await approval(desk, proposal_id)
    return await desk.browser.post(f"/operator/proposals/{proposal_id}/approve", form)


def proposal_of(answer: Answer) -> str:
    """The proposal that a redirect leads to."""
    assert answer.status == 303, answer.text
    return answer.location.removeprefix("/operator/proposals/")


def case_of(answer: Answer) -> str:
    """The case that a redirect leads to."""
    assert answer.status == 303, answer.text
    return answer.location.removeprefix("/operator/cases/")
