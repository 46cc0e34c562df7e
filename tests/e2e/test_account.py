"""A person at their own account: looking around, taking a copy along, leaving for good."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live_demo import LiveDemo
from tests.support.visitor import Visitor, visit


def sign_in(visitor: Visitor, path: str, persona: str = "elder") -> None:
    """Sign in afresh on the way to a page of the account."""
    visitor.page.goto(f"{visitor.demo.issuer}/signin?then={path}&again=1")
    visitor.choose(persona)
    visitor.page.wait_for_url(f"{visitor.demo.issuer}{path}")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_start_page_leads_to_an_account_that_leads_everywhere(
    browser: Browser, demo: LiveDemo, locale: str
):
    with visit(browser, demo, scripts=False, locale=locale) as visitor:
        page = visitor.page
        page.goto(f"{demo.issuer}/signin")
        visitor.choose("newcomer")
        page.wait_for_url(f"{demo.issuer}/account")
        links = page.locator("nav.sections a").evaluate_all("all => all.map(one => one.href)")
        assert len(links) >= 7
        for link in links:
            page.goto(link)
            expect(page.locator("nav.sections [aria-current=page]")).to_have_count(1)
            expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_login_at_a_platform_is_told_without_javascript(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        visitor.log_in(demo.shop)
        visitor.choose("rtl")
        visitor.allow()
        visitor.network_id(demo.shop)
        visitor.page.goto(f"{demo.issuer}/account/activity")
        first = visitor.page.get_by_test_id("event-platform_allowed").first
        expect(first).to_contain_text("Clay & Leaf")


def test_the_file_is_downloaded_in_the_language_of_the_page(
    browser: Browser, demo: LiveDemo, tmp_path: Path
):
    with visit(browser, demo, scripts=False, locale="zh-CN") as visitor:
        sign_in(visitor, "/account/data")
        with visitor.page.expect_download() as coming:
            visitor.page.get_by_test_id("export").click()
        file = tmp_path / coming.value.suggested_filename
        coming.value.save_as(file)
        held = json.loads(file.read_text(encoding="utf-8"))
        assert file.name.startswith("network-id-20")
        assert held["person"]["birth_date"] == "1938-11-03"
        assert "您" in held["about"]["person"]


def test_two_tabs_one_ends_the_session_of_the_other(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        sign_in(visitor, "/account/sessions")
        other = visitor.beside()
        other.page.goto(f"{demo.issuer}/account/sessions")
        other.page.get_by_test_id("end-this").click()
        other.is_signed_out()
        visitor.page.get_by_test_id("end-this").click()
        visitor.page.wait_for_url(lambda url: "/signin?" in url)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_an_account_is_closed_for_good(browser: Browser, demo: LiveDemo, locale: str):
    """With its passkey on the device, which opens nothing afterwards."""
    with visit(browser, demo, locale=locale) as visitor:
        page = visitor.page
        visitor.create_network_id()
        visitor.log_in(demo.shop)
        visitor.allow(remember=True)
        visitor.network_id(demo.shop)
        page.goto(f"{demo.issuer}/account/data")
        page.get_by_test_id("to-close").click()
        expect(page.get_by_test_id("ends-at")).to_contain_text(
            "Clay & Leaf" if locale == "en" else "陶与茶"
        )
        page.get_by_test_id("close").click()  # the browser itself asks for the tick first
        assert visitor.is_at(demo.issuer, "/account/close")
        page.get_by_test_id("understood").check()
        page.get_by_test_id("close").click()
        expect(page.get_by_test_id("account-closed")).to_be_visible()
        page.go_back()
        page.goto(f"{demo.issuer}/account")
        expect(page.get_by_test_id("signin-passkey")).to_be_visible()
        visitor.use_passkey()
        expect(page.get_by_role("alert")).to_be_visible()


def test_a_page_left_open_too_long_asks_for_a_sign_in(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as visitor:
        page = visitor.page
        sign_in(visitor, "/account/close", "minor")
        visitor.page.context.clear_cookies()
        page.get_by_test_id("understood").check()
        page.get_by_test_id("close").click()
        page.wait_for_url(lambda url: "/signin?then=" in url)
        visitor.choose("minor")
        expect(page.get_by_test_id("close")).to_be_visible()
        page.get_by_test_id("keep").click()
        page.wait_for_url(f"{demo.issuer}/account")
