"""Two tabs, back, reload, a second person: a sign-in under way survives them, or lets one go on."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live_demo import LiveDemo
from tests.support.outlived import outlived
from tests.support.visitor import Visitor, visit


def heading(visitor: Visitor, text: str) -> None:
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(text)


def test_signed_in_in_one_tab_the_other_goes_on(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as first:
        second = first.beside()
        first.log_in(demo.shop)
        second.log_in(demo.shop)
        first.choose("adult")
        first.allow()
        known = first.network_id(demo.shop)
        heading(second, "Sign in to Clay & Leaf")
        second.page.reload()  # it was at the sign-in page
        expect(second.page.get_by_test_id("network-id")).to_have_text(known)
        second.allow()
        assert second.network_id(demo.shop) == known


def test_signing_in_in_both_tabs_works_too(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as first:
        second = first.beside()
        first.log_in(demo.shop)
        second.log_in(demo.shop)
        first.choose("adult")
        first.allow()
        second.choose("adult")
        second.allow()
        assert first.network_id(demo.shop) == second.network_id(demo.shop)


def test_two_platforms_at_once_do_not_get_mixed_up(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as at_shop:
        at_forum = at_shop.beside()
        at_shop.log_in(demo.shop)
        at_forum.log_in(demo.forum)
        at_shop.choose("adult")
        heading(at_shop, "Share this with Clay & Leaf?")
        heading(at_forum, "Sign in to After Hours")
        at_forum.page.reload()
        heading(at_forum, "Share this with After Hours?")
        at_shop.allow()
        at_forum.allow()
        assert at_shop.network_id(demo.shop) != at_forum.network_id(demo.forum)


def test_a_yes_for_one_person_is_never_given_for_another(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.forum)
        visitor.choose("adult")
        expect(visitor.page.get_by_test_id("value-age_over_18")).to_have_text("yes")
        other = visitor.beside()
        other.sign_out()
        other.log_in(demo.shop)
        other.choose("minor")
        heading(other, "Share this with Clay & Leaf?")
        before = demo.stored()
        visitor.allow()  # the page still shows the adult's "over 18: yes"
        expect(visitor.page.get_by_test_id("error-code")).to_have_text("csrf_failed")
        assert demo.stored() == before
        visitor.page.get_by_role("link", name="Go on").click()
        expect(visitor.page.get_by_test_id("value-age_over_18")).to_have_text("no")
        visitor.allow()
        visitor.network_id(demo.forum)
        expect(visitor.page.get_by_test_id("over-18")).to_have_text("Over 18: no")


def test_signed_out_in_another_tab_the_consent_page_lets_one_sign_in_again(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        heading(visitor, "Share this with Clay & Leaf?")
        visitor.beside().sign_out()
        visitor.allow()
        visitor.page.get_by_role("link", name="Go on").click()
        visitor.choose("adult")
        visitor.allow()
        visitor.network_id(demo.shop)


def test_back_from_the_platform_is_no_dead_end(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        visitor.allow()
        known = visitor.network_id(demo.shop)
        visitor.page.go_back()
        heading(visitor, "Share this with Clay & Leaf?")
        visitor.allow()  # a second answer to one question: the shop used its state up
        heading(visitor, "Let us begin again")
        visitor.page.get_by_role("link", name="Go to the front page").click()
        assert visitor.network_id(demo.shop) == known


def test_back_from_consent_passes_the_sign_in_page_by(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        heading(visitor, "Share this with Clay & Leaf?")
        visitor.page.go_back()
        heading(visitor, "Share this with Clay & Leaf?")
        visitor.allow()
        visitor.network_id(demo.shop)


@pytest.mark.parametrize("scripts", [True, False])
def test_every_page_of_a_sign_in_may_be_reloaded(browser: Browser, demo: LiveDemo, scripts: bool):
    with visit(browser, demo, scripts=scripts) as visitor:
        visitor.log_in(demo.shop)
        heading(visitor, "Sign in to Clay & Leaf")
        visitor.page.reload()
        visitor.choose("adult")
        heading(visitor, "Share this with Clay & Leaf?")
        visitor.page.reload()
        visitor.allow()
        known = visitor.network_id(demo.shop)
        visitor.page.reload()
        assert visitor.network_id(demo.shop) == known


def test_every_page_of_the_enrolment_may_be_reloaded(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        page = visitor.page
        page.goto(demo.issuer)
        page.get_by_test_id("create-network-id").click()
        heading(visitor, "Create my network ID")
        page.reload()
        page.get_by_test_id("enrol-sandbox").click()
        expect(page.get_by_test_id("create-continue")).to_be_visible()
        page.reload()
        page.get_by_test_id("create-continue").click()
        heading(visitor, "Make your passkey")
        page.reload()
        heading(visitor, "Make your passkey")


def test_a_callback_is_answered_once_and_reloaded_kindly(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("adult")
        visitor.deny()
        heading(visitor, "You are not logged in, and that is fine")
        visitor.page.reload()
        heading(visitor, "Let us begin again")
        visitor.page.get_by_test_id("login").click()
        expect(visitor.page.get_by_test_id("consent-allow")).to_be_visible()


def test_a_page_that_waited_too_long_goes_on_to_the_platform(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        heading(visitor, "Sign in to Clay & Leaf")
        old = outlived(demo, visitor.interaction())
        visitor.page.goto(f"{demo.issuer}/signin?interaction={old}")
        heading(visitor, "This page waited too long")
        visitor.page.get_by_test_id("expired-continue").click()
        visitor.choose("adult")
        visitor.allow()
        visitor.network_id(demo.shop)


def test_a_browser_that_lost_its_cookies_says_so_and_the_way_back_is_open(
    browser: Browser, demo: LiveDemo
):
    """A private window loses them in silence when its network process is replaced."""
    with visit(browser, demo) as visitor:
        page = visitor.page
        page.goto(f"{demo.issuer}/create")
        page.get_by_test_id("create-continue").click()
        expect(page.get_by_test_id("create-passkey")).to_be_visible()
        page.context.clear_cookies()
        visitor.own_a_device()
        page.get_by_test_id("create-passkey").click()
        expect(page.get_by_test_id("error-code")).to_have_text("cookie_missing")
        page.go_back()
        page.reload()
        visitor.make_passkey()
