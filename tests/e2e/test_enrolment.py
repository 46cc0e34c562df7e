"""A code from an office becomes an account in a real browser, in both languages."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live_demo import LiveDemo
from tests.support.registrar import code_of_instance
from tests.support.visitor import Visitor, visit


def bring(visitor: Visitor, number: str, spelling: str = "{}") -> None:
    """Come with a code from the office, and type it."""
    page = visitor.page
    page.goto(visitor.demo.issuer)
    page.get_by_test_id("create-network-id").click()
    page.get_by_test_id("enrol-code").click()
    code = code_of_instance(visitor.demo.home, number)
    page.get_by_test_id("enrol-code-field").fill(spelling.format(code).lower())
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("create-passkey")).to_be_visible()


@pytest.mark.parametrize(("locale", "number"), [("en", "E2E 100 001"), ("zh-CN", "E2E 100 002")])
def test_a_code_from_an_office_becomes_an_account(
    browser: Browser, demo: LiveDemo, locale: str, number: str
):
    with visit(browser, demo, locale=locale) as visitor:
        bring(visitor, number, "  {} ")
        visitor.make_passkey()
        visitor.page.goto(f"{demo.issuer}/account")
        expect(visitor.page.locator("nav.sections")).to_be_visible()
        visitor.sign_out()
        visitor.log_in(demo.shop)
        visitor.use_passkey()
        visitor.allow()
        assert len(visitor.network_id(demo.shop)) == 29


def test_it_goes_on_to_the_platform_that_asked(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        page = visitor.page
        visitor.log_in(demo.forum)
        page.get_by_test_id("create-network-id").click()
        page.get_by_test_id("enrol-code").click()
        page.get_by_test_id("enrol-code-field").fill(code_of_instance(demo.home, "E2E 100 003"))
        page.get_by_test_id("enrol-code-continue").click()
        visitor.make_passkey()
        page.get_by_test_id("created-continue").click()
        visitor.allow()
        assert len(visitor.network_id(demo.forum)) == 29


def test_a_second_enrolment_is_a_way_back_and_no_second_account(browser: Browser, demo: LiveDemo):
    number = "E2E 100 004"
    with visit(browser, demo) as visitor:
        bring(visitor, number)
        visitor.make_passkey()
    people = demo.stored()["people"]
    with visit(browser, demo) as visitor:
        bring(visitor, number)
        visitor.own_a_device()
        visitor.page.get_by_test_id("create-passkey").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "You already have a network ID"
        )
        visitor.page.get_by_test_id("known-recover").click()
        visitor.page.get_by_test_id("recover-passkey").click()
        visitor.page.wait_for_url(f"{demo.issuer}/recover/waiting*")
    assert demo.stored()["people"] == people


def test_two_tabs_back_and_reload_use_one_code_once(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        bring(visitor, "E2E 100 005")
        other = visitor.beside()
        other.page.goto(visitor.page.url)
        visitor.page.bring_to_front()
        visitor.page.go_back()
        visitor.page.go_forward()
        visitor.page.reload()
        visitor.make_passkey()
        other.page.bring_to_front()
        other.own_a_device()
        other.page.get_by_test_id("create-passkey").click()
        expect(other.page.get_by_test_id("code-fault")).to_be_visible()


def test_everything_up_to_the_passkey_works_without_scripts(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.page.goto(f"{demo.issuer}/enrol/code")
        visitor.page.get_by_test_id("enrol-code-field").fill("7KQX2-M9P4T")
        visitor.page.get_by_test_id("enrol-code-continue").click()
        expect(visitor.page.get_by_test_id("code-fault")).to_be_visible()
        code = code_of_instance(demo.home, "E2E 100 006")
        visitor.page.get_by_test_id("enrol-code-field").fill(code)
        visitor.page.get_by_test_id("enrol-code-continue").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Make your passkey")
