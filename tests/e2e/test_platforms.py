"""A person looks after their platforms, in a real browser."""

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live_demo import LiveDemo
from tests.support.states_platforms import LIST, open_platform
from tests.support.visitor import Visitor, visit


def member(visitor: Visitor, *, remember: bool = True) -> str:
    """Make somebody who is logged in at the forum; return their network ID there."""
    visitor.create_network_id()
    visitor.log_in(visitor.demo.forum)
    visitor.allow(remember=remember)
    return visitor.network_id(visitor.demo.forum)


def open_forum(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.issuer + LIST)
    open_platform(visitor, "After Hours")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_taking_back_and_a_fresh_start_from_the_list_to_the_next_login(
    browser: Browser, demo: LiveDemo, locale: str
):
    with visit(browser, demo, locale=locale) as visitor:
        page = visitor.page
        old = member(visitor)
        open_forum(visitor)
        expect(page.get_by_test_id("network-id")).to_have_text(old)
        expect(page.get_by_test_id("value-age_over_18")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_test_id("receipt").click()
        receipt = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert receipt["receipt"]["consent_record"]["pii_principal_id"] == old.replace("-", "")

        page.get_by_test_id("withdraw").click()
        expect(page.get_by_test_id("said")).to_be_visible()
        expect(page.get_by_test_id("withdraw")).to_have_count(0)

        page.get_by_test_id("renew-open").click()
        page.get_by_test_id("understood").check()
        page.get_by_test_id("renew").click()
        expect(page.get_by_test_id("said")).to_be_visible()
        expect(page.get_by_test_id("renewable")).to_be_visible()
        new = page.get_by_test_id("network-id").inner_text()
        assert new != old

        visitor.log_out(demo.forum)
        visitor.log_in(demo.forum)
        visitor.allow()  # asked again
        assert visitor.network_id(demo.forum) == new


def test_without_scripts_taking_back_in_two_tabs_and_back(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scripts=False) as first:
        first.log_in(demo.forum)
        first.choose("rtl")
        first.allow(remember=True)
        first.network_id(demo.forum)
        open_forum(first)
        second = first.beside()
        open_forum(second)
        first.page.get_by_test_id("withdraw").click()
        expect(first.page.get_by_test_id("said")).to_be_visible()
        second.page.get_by_test_id("withdraw").click()  # a second time, and no error
        expect(second.page.get_by_test_id("said")).to_be_visible()
        second.page.go_back()
        second.page.reload()
        expect(second.page.get_by_test_id("withdraw")).to_have_count(0)


def test_without_scripts_a_fresh_start_in_two_tabs_and_back(browser: Browser, demo: LiveDemo):
    """A persona that no other test renews: once in half a year is all there is."""
    with visit(browser, demo, scripts=False) as first:
        first.log_in(demo.forum)
        first.choose("elder")
        first.allow()
        first.network_id(demo.forum)
        second = first.beside()
        for tab in (first, second):
            open_forum(tab)
        first.page.get_by_test_id("renew-open").click()
        second.page.get_by_test_id("renew-open").click()
        for tab in (first, second):
            tab.page.get_by_test_id("understood").check()
        first.page.get_by_test_id("renew").click()
        expect(first.page.get_by_test_id("said")).to_be_visible()
        second.page.get_by_test_id("renew").click()
        expect(second.page.get_by_test_id("error-code")).to_have_text("renewed_too_recently")
        first.page.go_back()
        first.page.reload()
        expect(first.page.get_by_test_id("renew")).to_have_count(0)


def test_signed_out_in_another_tab_one_signs_in_and_is_back_at_the_platform(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo) as visitor:
        visitor.log_in(demo.forum)
        visitor.choose("adult")
        visitor.allow(remember=True)
        visitor.network_id(demo.forum)
        open_forum(visitor)
        address = visitor.page.url
        visitor.beside().sign_out()
        visitor.page.get_by_test_id("withdraw").click()
        visitor.choose("adult")
        visitor.page.wait_for_url(address)
        visitor.page.get_by_test_id("withdraw").click()
        expect(visitor.page.get_by_test_id("said")).to_be_visible()


def test_renewed_in_one_tab_the_consent_page_in_the_other_asks_again(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo) as visitor:
        old = member(visitor, remember=False)
        visitor.ask(demo.forum)
        expect(visitor.page.get_by_test_id("network-id")).to_have_text(old)
        other = visitor.beside()
        open_forum(other)
        other.page.get_by_test_id("renew-open").click()
        other.page.get_by_test_id("understood").check()
        other.page.get_by_test_id("renew").click()
        expect(other.page.get_by_test_id("said")).to_be_visible()
        visitor.allow()
        expect(visitor.page.get_by_test_id("error-code")).to_have_text("csrf_failed")
        visitor.page.get_by_role("link", name="Go on").click()
        expect(visitor.page.get_by_test_id("network-id")).not_to_have_text(old)
