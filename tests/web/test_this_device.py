"""The offer to make a passkey on this device, and its *not now*."""

from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.owner import LIST, Owner
from tests.support.provider import running


@pytest_asyncio.fixture
async def owner(tmp_path: Path):
    """An instance of its own: there are few citizens to enrol."""
    async with running(tmp_path) as provider:
        browser = provider.browser()
        yield Owner(provider, browser, await passkeys.enrol(provider, browser))


FROM_A_PHONE: Any = {"members": {"authenticatorAttachment": "cross-platform"}}


async def by_phone(owner: Owner, browser: Browser, device: SoftAuthenticator) -> Answer:
    page = await browser.get("/signin?again=1")
    credential = device.get(page.passkey_options(), owner.provider.issuer, **FROM_A_PHONE)
    form = page.form("/signin/passkey") | {"credential": credential}
    return await browser.post("/signin/passkey", form)


async def test_whoever_came_by_a_phone_is_offered_a_passkey_here(owner: Owner):
    browser = owner.provider.browser()
    answer = await by_phone(owner, browser, owner.device)
    assert answer.location == "/account"
    page = await browser.get("/account")
    assert 'data-testid="device-make"' in page.text
    adding = await browser.get(f"{LIST}/add/here")
    options = adding.passkey_options()
    assert options["authenticatorSelection"]["authenticatorAttachment"] == "platform"
    credential = SoftAuthenticator().create(options, owner.provider.issuer)
    form = adding.form(f"{LIST}/add/here") | {"credential": credential}
    answer = await browser.post(f"{LIST}/add/here", form)
    assert answer.location == f"{LIST}?said=added"
    assert 'data-testid="device-make"' not in (await browser.get("/account")).text


async def test_not_now_is_remembered_by_the_browser(owner: Owner):
    browser = owner.provider.browser()
    await by_phone(owner, browser, owner.device)
    page = await browser.get("/account")
    answer = await browser.post(f"{LIST}/not-now", page.form(f"{LIST}/not-now"))
    assert "Max-Age=15552000" in next(line for line in answer.cookies if "device" in line)
    assert (await by_phone(owner, browser, owner.device)).location == "/"
    assert 'data-testid="device-make"' not in (await browser.get("/account")).text


async def test_nobody_is_stopped_on_the_way_to_a_platform_or_asked_about_a_security_key(
    owner: Owner,
):
    key, browser = SoftAuthenticator(synced=False), owner.provider.browser()
    await owner.add(key)
    assert (await by_phone(owner, browser, key)).location == "/"
    assert not any(name.endswith("device") for name in browser.cookies)
    fresh = owner.provider.browser()
    assert (await owner.sign_in(fresh, owner.device)).location == "/"
