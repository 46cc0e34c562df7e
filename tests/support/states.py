"""A walk through every page of the running demo, in every state that a person can bring it into.

Each generator goes on where the one before it stopped, and yields the name of the state that the
browser shows. What is done there (looked at, measured, photographed, shown in another language)
must leave the state as it is.
"""

from collections.abc import Iterator
from typing import Final

from playwright.sync_api import expect

from tests.support.in_chinese import Fleeting
from tests.support.outlived import outlived
from tests.support.states_account import own_account, taking_along_and_closing
from tests.support.states_enrol import with_a_code
from tests.support.states_errors import error_pages
from tests.support.states_operators import operators
from tests.support.states_passkeys import passkeys
from tests.support.states_platforms import platforms
from tests.support.states_recovery import recovering
from tests.support.states_refresh import staying_connected
from tests.support.states_registration import registering
from tests.support.states_requests import requests
from tests.support.states_resources import resources
from tests.support.visitor import Visitor

CLAIMS: Final = '{"id_token":{"age_over_18":{"essential":true},"age_over_65":null}}'


def every_state(visitor: Visitor) -> Iterator[str]:
    """Walk through all of it: more than a hundred states. Uses one citizen up."""
    yield from strangers_pages(visitor)
    yield from error_pages(visitor)
    yield from requests(visitor)
    yield from registering(visitor)  # while there is no passkey, which would sign in by itself
    yield from signing_in(visitor)
    yield from suspended(visitor)
    yield from with_a_code(visitor)
    yield from enrolling(visitor)
    yield from consenting(visitor)
    yield from at_the_forum(visitor)
    yield from leaving(visitor)
    yield from passkeys(visitor)
    yield from recovering(visitor)
    yield from own_account(visitor)
    yield from platforms(visitor)
    yield from resources(visitor)
    yield from staying_connected(visitor)
    yield from operators(visitor)
    yield from taking_along_and_closing(visitor)


def strangers_pages(visitor: Visitor) -> Iterator[str]:
    """Pages that ask nobody who they are, before anybody has signed in."""
    page, demo = visitor.page, visitor.demo
    for name, path in (
        ("home", "/"),
        ("help", "/help"),
        ("privacy", "/privacy"),
        ("accessibility", "/accessibility"),
        ("signed out", "/signed-out"),
        ("signin without a platform", "/signin"),
    ):
        page.goto(demo.issuer + path)
        yield name
    for name, url in (("shop", demo.shop), ("forum", demo.forum)):
        page.goto(url)
        yield name
        page.goto(f"{url}/nowhere")
        yield f"{name} not found"


def signing_in(visitor: Visitor) -> Iterator[str]:
    """The sign-in page with a platform, and what it says when a passkey does not work."""
    page, demo = visitor.page, visitor.demo
    visitor.log_in(demo.shop)
    expect(page.get_by_test_id("signin-passkey")).to_be_visible()
    old = outlived(demo, visitor.interaction())
    yield "signin"
    page.reload()
    visitor.own_a_device()
    use_a_missing_passkey(visitor)
    yield Fleeting("signin nothing to use", lambda: use_a_missing_passkey(visitor))
    send_a_forged_credential(visitor)
    yield "signin refused passkey"
    page.goto(f"{demo.issuer}/signin?interaction={old}")
    yield "expired"
    page.get_by_test_id("expired-continue").click()
    page.locator("form[action$=persona] input[name=csrf]").evaluate("field => field.value = ''")
    visitor.choose("adult")
    expect(page.get_by_test_id("error-code")).to_be_visible()
    yield "error form not ours"
    page.go_back()
    visitor.forget()
    visitor.choose("adult")
    expect(page.get_by_test_id("error-code")).to_have_text("cookie_missing")
    yield "error cookie missing"


def suspended(visitor: Visitor) -> Iterator[str]:
    """A suspended person, and what the platform says then."""
    page, demo = visitor.page, visitor.demo
    visitor.log_in(demo.shop)
    visitor.choose("suspended")
    expect(page.get_by_test_id("suspension-reason")).to_be_visible()
    yield "suspended"
    page.get_by_test_id("suspended-continue").click()
    page.locator("summary").click()
    yield "shop refused"
    visitor.sign_out()
    page.goto(f"{demo.shop}/callback?code=a&state=b")
    yield "shop begin again"


def enrolling(visitor: Visitor) -> Iterator[str]:
    """*Create my network ID* from the middle of a sign-in, with its two notices on the way."""
    page = visitor.page
    visitor.log_in(visitor.demo.shop)
    page.get_by_test_id("create-network-id").click()
    page.get_by_test_id("enrol-sandbox").click()
    expect(page.get_by_test_id("create-continue")).to_be_visible()
    yield "create"
    page.locator("input[name=citizen]:checked").evaluate("field => field.value = 'nobody'")
    page.get_by_test_id("create-continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "create taken"
    page.get_by_test_id("create-continue").click()
    expect(page.get_by_test_id("create-passkey")).to_be_visible()
    yield "create passkey"
    send_a_forged_credential(visitor)
    yield "create passkey refused"
    visitor.make_passkey()
    yield "created"
    page.get_by_test_id("created-continue").click()


def consenting(visitor: Visitor) -> Iterator[str]:
    """The consent page for a first time, a second time, and for more than before."""
    page, demo = visitor.page, visitor.demo
    expect(page.get_by_test_id("consent-allow")).to_be_visible()
    yield "consent for the first time"
    visitor.allow(remember=True)
    visitor.network_id(demo.shop)
    yield "shop signed in"
    visitor.ask(demo.shop, prompt="consent")
    expect(page.get_by_test_id("network-id")).to_be_visible()
    yield "consent again"
    visitor.ask(demo.shop, claims=CLAIMS)
    expect(page.get_by_test_id("value-age_over_65")).to_be_visible()
    yield "consent to more"
    visitor.ask(demo.shop, prompt="select_account")
    expect(page.get_by_test_id("account-continue")).to_be_visible()
    yield "select account"


def at_the_forum(visitor: Visitor) -> Iterator[str]:
    """The forum for a member, for somebody who said no, and for a minor."""
    page, demo = visitor.page, visitor.demo
    visitor.log_in(demo.forum)
    expect(page.get_by_test_id("consent-deny")).to_be_visible()
    visitor.deny()
    expect(page.locator("[data-problem]")).to_be_visible()
    yield "forum denied"
    page.get_by_test_id("login").click()
    expect(page.get_by_test_id("value-age_over_18")).to_be_visible()
    yield "consent to an age"
    visitor.allow()
    visitor.network_id(demo.forum)
    yield "forum signed in"
    visitor.forget()
    visitor.log_in(demo.forum)
    visitor.choose("minor")
    visitor.allow()
    visitor.network_id(demo.forum)
    yield "forum minor"


def leaving(visitor: Visitor) -> Iterator[str]:
    """The start page and the sign-out page of somebody who is signed in."""
    page, demo = visitor.page, visitor.demo
    page.goto(demo.issuer)
    yield "home signed in"
    page.goto(f"{demo.issuer}/signout")
    yield "signout"
    page.goto(demo.forum)
    page.get_by_test_id("logout-also").click()
    expect(page.get_by_test_id("asked-by")).to_be_visible()
    yield "signout asked by a platform"
    page.get_by_test_id("signout-stay").click()
    page.wait_for_url(f"{demo.forum}/")
    page.goto(f"{demo.issuer}/logout?id_token_hint=changed")
    yield "error logout"


def use_a_missing_passkey(visitor: Visitor) -> None:
    """Press the passkey's button with a device that holds none, so that the browser refuses."""
    visitor.use_passkey()
    expect(visitor.page.get_by_role("alert")).to_be_visible()


def send_a_forged_credential(visitor: Visitor) -> None:
    """Send the passkey form of this page with something that no device made."""
    field = visitor.page.locator("form[data-passkey] input[name=credential]")
    field.evaluate("field => { field.value = '{}'; field.form.submit() }")
    expect(visitor.page.locator("p.alert[role=alert]:not([data-passkey-error])")).to_be_visible()
