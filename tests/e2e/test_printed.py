"""What is printed is complete, holds nothing else, and is black on white whatever the screen is."""

from playwright.sync_api import Browser, Page, expect

from tests.support.live_demo import LiveDemo
from tests.support.officer import Officer, invitation
from tests.support.states_operators import handing_out
from tests.support.visitor import visit


def printed(page: Page) -> list[str]:
    """Return the lines that would be on paper."""
    page.emulate_media(media="print")
    for name in ("backgroundColor", "color"):
        shown = page.evaluate(f"getComputedStyle(document.body).{name}")
        assert shown == {"backgroundColor": "rgb(255, 255, 255)", "color": "rgb(0, 0, 0)"}[name]
    text = page.locator("body").inner_text()
    page.emulate_media(media="screen")
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_a_slip_says_what_to_do_with_it_and_nothing_of_the_desk(browser: Browser, demo: LiveDemo):
    with visit(browser, demo, scheme="dark") as visitor:
        visitor.own_a_device()
        desk = Officer(visitor.page, demo)
        desk.open_link(invitation(demo, "Printing Operator", "registrar"))
        desk.make_passkey()
        assert list(handing_out(visitor))[-1] == "operator slip"
        code = visitor.page.get_by_test_id("slip-code").inner_text()
        lines = printed(visitor.page)
    assert lines[:2] == ["Your code for a network ID", code]
    assert any(f"{demo.issuer}/enrol" in line for line in lines)
    assert lines[-1].startswith("Case number ")
    assert len(lines) == 8
    assert "Printing Operator" not in " ".join(lines)


def test_recovery_codes_are_printed_with_the_address_where_they_work(
    browser: Browser, demo: LiveDemo
):
    with visit(browser, demo, scheme="dark") as visitor:
        visitor.create_network_id()
        visitor.page.goto(f"{demo.issuer}/account/recovery")
        visitor.page.get_by_test_id("make-codes").click()
        expect(visitor.page.get_by_test_id("codes")).to_be_visible()
        codes = visitor.page.get_by_test_id("codes").locator("code").all_inner_texts()
        lines = printed(visitor.page)
    assert len(codes) == 10
    assert lines[:2] == ["Your recovery codes", "Each works once"]
    assert lines[2:12] == codes
    assert f"{demo.issuer}/signin" in lines[13]
    assert lines[14].startswith("Made on ")
    assert len(lines) == 15
