"""Several passkeys of one person, in a real browser with virtual authenticators."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live_demo import LiveDemo
from tests.support.visitor import Visitor, visit

LIST = "/account/passkeys"


def open_list(visitor: Visitor) -> None:
    visitor.page.goto(visitor.demo.issuer + LIST)


def shows(visitor: Visitor, *names: str) -> None:
    expect(visitor.page.get_by_test_id("passkey-name")).to_have_text(list(names))


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_second_passkey_from_making_it_to_removing_the_first(
    browser: Browser, demo: LiveDemo, locale: str
):
    with visit(browser, demo, locale=locale) as visitor:
        page = visitor.page
        visitor.create_network_id()
        open_list(visitor)
        expect(page.get_by_test_id("remove-open")).to_have_count(0)  # the only one stays

        page.get_by_test_id("passkey-add").click()
        key = visitor.change_device("usb")
        page.get_by_test_id("create-passkey").click()
        expect(page.get_by_test_id("said")).to_be_visible()
        assert len(key.credentials()) == 1
        page.get_by_test_id("rename-open").last.click()
        page.get_by_test_id("rename-field").last.fill("Key ring <i> 钥匙")
        page.get_by_test_id("rename").last.click()
        expect(page.get_by_test_id("passkey-name").last).to_have_text("Key ring <i> 钥匙")

        visitor.sign_out()
        page.goto(demo.issuer + LIST)
        visitor.use_passkey()
        page.wait_for_url(demo.issuer + LIST)
        page.get_by_test_id("remove-open").first.click()
        page.get_by_test_id("remove").first.click()
        expect(page.get_by_test_id("passkey")).to_have_count(1)
        shows(visitor, "Key ring <i> 钥匙")
        expect(page.get_by_test_id("remove-open")).to_have_count(0)


def test_two_tabs_do_not_remove_the_two_last_ones(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        page = visitor.page
        visitor.create_network_id()
        open_list(visitor)
        page.get_by_test_id("passkey-add").click()
        visitor.change_device("usb")
        page.get_by_test_id("create-passkey").click()
        expect(page.get_by_test_id("said")).to_be_visible()
        other = visitor.beside()
        open_list(other)
        for tab, which in ((visitor, 0), (other, 1)):
            tab.page.get_by_test_id("remove-open").nth(which).click()
            tab.page.get_by_test_id("remove").nth(which).click()
        expect(page.get_by_test_id("said")).to_be_visible()
        expect(other.page.get_by_role("alert")).to_contain_text("This is your last passkey")
        expect(other.page.get_by_test_id("passkey")).to_have_count(1)


def test_the_same_device_makes_no_second_passkey(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        visitor.page.goto(f"{demo.issuer}{LIST}/add")
        visitor.page.get_by_test_id("create-passkey").click()
        expect(visitor.page.get_by_role("alert")).to_contain_text("already holds a passkey")


def test_names_and_removals_need_no_script(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as owner:
        owner.create_network_id()
        cookies = owner.page.context.cookies()
        with visit(browser, demo, scripts=False) as visitor:
            visitor.page.context.add_cookies(cookies)  # type: ignore[arg-type]
            open_list(visitor)
            visitor.page.get_by_test_id("rename-open").click()
            visitor.page.get_by_test_id("rename-field").fill("Mine")
            visitor.page.get_by_test_id("rename").click()
            expect(visitor.page.get_by_test_id("said")).to_be_visible()
            shows(visitor, "Mine")
