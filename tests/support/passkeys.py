"""People with passkeys, made and used through the provider's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.authenticator import SoftAuthenticator

if TYPE_CHECKING:
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider


async def begin_enrolment(browser: Browser, citizen: str | None = None) -> Answer:
    """Choose a citizen nobody has enrolled; return the page that asks for a passkey."""
    page = await browser.get("/create")
    chosen = citizen or page.text.partition('name="citizen" value="')[2].partition('"')[0]
    assert chosen, "no citizen is left"
    form = page.form("/create") | {"citizen": chosen}
    return await browser.follow(await browser.post("/create", form))


async def enrol(
    provider: Provider, browser: Browser, authenticator: SoftAuthenticator | None = None
) -> SoftAuthenticator:
    """Create an account, which leaves the browser signed in; return who holds its passkey."""
    authenticator = authenticator or SoftAuthenticator()
    page = await begin_enrolment(browser)
    credential = authenticator.create(page.passkey_options(), provider.issuer)
    form = page.form("/create/passkey") | {"credential": credential}
    answer = await browser.post("/create/passkey", form)
    assert answer.status == 303, answer.text
    return authenticator


async def sign_in(
    provider: Provider, browser: Browser, page: Answer, authenticator: SoftAuthenticator
) -> Answer:
    """Submit the sign-in page with a passkey; return the direct answer."""
    credential = authenticator.get(page.passkey_options(), provider.issuer)
    form = page.form("/signin/passkey") | {"credential": credential}
    return await browser.post("/signin/passkey", form)
