"""People and operators are never each other: not by cookie, passkey, challenge or form."""

import pytest

from idp.domain.operator import Role
from tests.support import passkeys
from tests.support.browser_like import Browser
from tests.support.operators import Desk, session_cookies
from tests.support.provider import Provider


def swapped(browser: Browser, there: str, here: str) -> dict[str, str]:
    """A browser's cookies, with the value of one session put under the name of the other."""
    value = next(v for name, v in browser.cookies.items() if name.endswith(there))
    prefix = next(n for n in browser.cookies if n.endswith(there)).removesuffix(there)
    return {n: v for n, v in browser.cookies.items() if not n.endswith(there)} | {
        prefix + here: value
    }


async def test_a_persons_cookie_opens_no_operators_page(provider: Provider, visitor: Browser):
    await provider.sign_in(visitor)
    assert (await visitor.get("/operator")).status == 303
    visitor.cookies = swapped(visitor, "session", "operator")
    assert (await visitor.get("/operator")).status == 303
    assert (await visitor.get("/account")).status == 303


async def test_an_operators_cookie_opens_no_account(provider: Provider):
    desk = await Desk.join(provider, Role.SUPPORT, Role.AUDITOR, Role.REGISTRAR)
    assert (await desk.browser.get("/account")).status == 303
    desk.browser.cookies = swapped(desk.browser, "operator", "session")
    assert (await desk.browser.get("/account")).status == 303
    assert (await desk.browser.get("/operator")).status == 303


async def test_one_browser_holds_both_and_signing_out_of_one_keeps_the_other(
    provider: Provider, visitor: Browser
):
    await provider.sign_in(visitor)
    desk = await Desk.join(provider, Role.AUDITOR, browser=visitor)
    assert len(session_cookies(visitor)) == 2
    await desk.send(await visitor.get("/signout"), "/signout")
    assert (await visitor.get("/operator")).status == 200
    assert (await visitor.get("/account")).status == 303


async def test_a_persons_passkey_signs_in_no_operator(provider: Provider, visitor: Browser):
    person = await passkeys.enrol(provider, visitor)
    browser = provider.browser()
    desk = Desk(provider, browser, person, b"", "")
    assert (await desk.sign_in()).status == 400
    assert session_cookies(browser) == set()


async def test_an_operators_passkey_signs_in_no_person(provider: Provider, visitor: Browser):
    desk = await Desk.join(provider, Role.SUPPORT)
    page = await visitor.get("/signin")
    answer = await passkeys.sign_in(provider, visitor, page, desk.authenticator)
    assert answer.status == 400
    assert session_cookies(visitor) == set()


@pytest.mark.parametrize("theirs", ["person", "operator"])
async def test_a_challenge_of_one_page_is_none_of_the_other(provider: Provider, theirs: str):
    """Both pages in one browser: what was signed for one is sent to the other."""
    browser = provider.browser()
    person = await passkeys.enrol(provider, browser)
    desk = await Desk.join(provider, Role.SUPPORT)
    browser.cookies = {n: v for n, v in browser.cookies.items() if n.endswith("browser")}
    to_person, to_operator = await browser.get("/signin"), await browser.get("/operator/signin")
    if theirs == "person":
        asked, sent, path, device = to_person, to_operator, "/operator/signin", desk.authenticator
    else:
        asked, sent, path, device = to_operator, to_person, "/signin/passkey", person
    action = "/signin/passkey" if theirs == "person" else "/operator/signin"
    form = sent.form(path) | {
        "challenge": asked.form(action)["challenge"],
        "credential": device.get(asked.passkey_options(), provider.issuer),
    }
    assert (await browser.post(path, form)).status == 400
    assert session_cookies(browser) == set()


async def test_a_form_of_the_persons_pages_is_none_of_the_operators(provider: Provider):
    desk = await Desk.join(provider, Role.SUPPORT)
    page = await desk.browser.get("/signin")
    token = page.form("/signin/passkey")["csrf"]
    answer = await desk.browser.post("/operator/signout", {"csrf": token})
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert (await desk.browser.get("/operator")).status == 200
