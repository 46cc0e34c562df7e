"""The enrolment pages in every state, up to the passkey page; uses no citizen up."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.support.visitor import Visitor


def with_a_code(visitor: Visitor) -> Iterator[str]:
    """The ways to prove who one is, and the page for a code with what it says of wrong ones."""
    page, demo = visitor.page, visitor.demo
    page.goto(demo.issuer)
    page.get_by_test_id("create-network-id").click()
    expect(page.get_by_test_id("enrol-code")).to_be_visible()
    yield "enrol"
    page.get_by_test_id("enrol-code").click()
    expect(page.get_by_test_id("enrol-code-field")).to_be_visible()
    yield "enrol code"
    for state, typed in (("slip", "7KQX2-M9P4T"), ("short", "7KQX2"), ("symbol", "7KQX2-M9P4*")):
        send_code(visitor, typed)
        yield f"enrol code {state}"


def send_code(visitor: Visitor, typed: str) -> None:
    """Send a code that is refused."""
    page = visitor.page
    page.get_by_test_id("enrol-code-field").fill(typed)
    page.get_by_test_id("enrol-code-continue").click()
    expect(page.get_by_test_id("code-fault")).to_be_visible()
