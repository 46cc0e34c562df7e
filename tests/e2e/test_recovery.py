"""A lost device, in a real browser: a code from paper, a new device, the same person everywhere."""

from playwright.sync_api import Browser, Page, expect

from tests.support.live_demo import LiveDemo
from tests.support.outlived import waited_for
from tests.support.visitor import Visitor, visit


def test_whoever_lost_a_device_is_the_same_person_to_a_platform(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        code = paper(visitor)[0]
        visitor.log_in(demo.shop)
        visitor.allow()
        before = visitor.network_id(demo.shop)
        visitor.log_out(demo.shop)
        visitor.sign_out()
        visitor.take()  # a new device; the old one is gone

        visitor.page.goto(f"{demo.issuer}/signin")
        enter(visitor.page, code)
        visitor.page.get_by_test_id("recover-passkey").click()
        expect(visitor.page.get_by_test_id("valid-from")).to_be_visible()
        waited_for(demo)
        visitor.page.goto(f"{demo.issuer}/signin")
        visitor.use_passkey()
        visitor.page.wait_for_url(f"{demo.issuer}/account")

        visitor.log_in(demo.shop)
        visitor.allow()
        assert visitor.network_id(demo.shop) == before


def test_the_owner_is_warned_within_a_platforms_sign_in_and_stops_it(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        code = paper(visitor)[0]
        owners = visitor.device
        visitor.sign_out()

        visitor.take()  # a thief, with the paper and a device of their own
        visitor.page.goto(f"{demo.issuer}/signin")
        enter(visitor.page, code)
        visitor.page.get_by_test_id("recover-passkey").click()
        expect(visitor.page.get_by_test_id("valid-from")).to_be_visible()
        thiefs = visitor.device

        visitor.take(owners)
        visitor.log_in(demo.shop)
        visitor.use_passkey()
        visitor.page.get_by_test_id("stop-recovery").click()
        visitor.page.get_by_test_id("warning-continue").click()
        visitor.allow()
        visitor.network_id(demo.shop)
        visitor.log_out(demo.shop)
        visitor.sign_out()

        visitor.take(thiefs)
        visitor.page.goto(f"{demo.issuer}/signin")
        visitor.use_passkey()
        expect(visitor.page.locator("p.alert[role=alert]").first).to_be_visible()
        assert visitor.is_at(demo.issuer, "/signin")


def test_a_passkey_that_waits_is_told_until_when(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, locale="zh-CN") as visitor:
        visitor.create_network_id()
        code = paper(visitor)[0]
        visitor.sign_out()
        visitor.take()
        visitor.page.goto(f"{demo.issuer}/signin")
        enter(visitor.page, code.lower().replace("-", " "))
        visitor.page.get_by_test_id("recover-passkey").click()
        until = visitor.page.get_by_test_id("valid-from").inner_text()
        visitor.page.goto(f"{demo.issuer}/signin")
        visitor.use_passkey()
        expect(visitor.page.get_by_test_id("valid-from")).to_have_text(until)


def test_codes_are_read_and_entered_without_javascript(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        codes = paper(visitor)
        plain = visitor.page.locator("#plain-codes").input_value()
        assert plain.split("\n") == codes
    with visit(browser, demo, scripts=False) as visitor:
        visitor.page.goto(f"{demo.issuer}/signin")
        enter(visitor.page, codes[0])
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Make a new passkey")


def test_back_from_the_codes_does_not_make_others(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        visitor.create_network_id()
        codes = paper(visitor)
        visitor.page.reload()
        expect(visitor.page.get_by_role("alert")).to_be_visible()
        visitor.sign_out()
        visitor.page.goto(f"{demo.issuer}/signin")
        enter(visitor.page, codes[3])
        expect(visitor.page.get_by_test_id("recover-passkey")).to_be_visible()


def paper(visitor: Visitor) -> list[str]:
    """Make recovery codes and copy them from the page."""
    visitor.page.goto(f"{visitor.demo.issuer}/account/recovery")
    visitor.page.get_by_test_id("make-codes").click()
    expect(visitor.page.get_by_test_id("codes").locator("li")).to_have_count(10)
    return visitor.page.get_by_test_id("codes").locator("code").all_inner_texts()


def enter(page: Page, code: str) -> None:
    """Go from the sign-in page to the page that makes a new passkey."""
    page.get_by_test_id("lost-device").click()
    page.get_by_test_id("recover-by-code").click()
    page.get_by_test_id("recovery-code").fill(code)
    page.get_by_test_id("recovery-code-continue").click()
