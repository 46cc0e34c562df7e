"""Recovery, from the codes on paper to the click that stops it, in every state on the way."""

from collections.abc import Iterator
from typing import Final

from playwright.sync_api import expect

from tests.support.in_chinese import Fleeting
from tests.support.visitor import Visitor

MISTYPED: Final = "K7M2QX-9T4ZWB-3HD8RN"


def recovering(visitor: Visitor) -> Iterator[str]:
    """Make codes, lose the device, come back, be warned, stop it. Uses one citizen up."""
    visitor.forget()
    visitor.take()
    visitor.create_network_id()
    yield from _codes(visitor)
    old = visitor.device
    code = visitor.page.get_by_test_id("codes").locator("code").first.inner_text()
    visitor.forget()
    visitor.take()
    yield from _coming_back(visitor, code)
    visitor.take(old)
    yield from _warned(visitor)


def _codes(visitor: Visitor) -> Iterator[str]:
    page, issuer = visitor.page, visitor.demo.issuer
    page.goto(f"{issuer}/account")
    expect(page.get_by_test_id("codes-left")).to_be_visible()
    yield "account without codes"
    page.get_by_test_id("to-recovery").click()
    yield "recovery without codes"
    make_codes(visitor)
    page.locator("details summary").click()
    yield Fleeting("recovery codes", lambda: make_codes(visitor))  # they are shown once


def make_codes(visitor: Visitor) -> None:
    """Press the button that makes the codes, and see them."""
    visitor.page.get_by_test_id("make-codes").click()
    expect(visitor.page.get_by_test_id("codes").locator("li")).to_have_count(10)


def _coming_back(visitor: Visitor, code: str) -> Iterator[str]:
    page, issuer = visitor.page, visitor.demo.issuer
    page.goto(f"{issuer}/recover/passkey?recovery=changed")
    yield "error recovery ended"
    page.goto(f"{issuer}/signin")
    page.get_by_test_id("lost-device").click()
    yield "recover"
    page.get_by_test_id("recover-by-code").click()
    yield "recover code"
    for typed, state in ((MISTYPED, "recover code mistyped"), (code, "")):
        page.get_by_test_id("recovery-code").fill(typed)
        page.get_by_test_id("recovery-code-continue").click()
        if state:
            expect(page.get_by_role("alert")).to_be_visible()
            yield state
    expect(page.get_by_test_id("recover-passkey")).to_be_visible()
    yield "recover passkey"
    page.get_by_test_id("recover-passkey").click()
    expect(page.get_by_test_id("valid-from")).to_be_visible()
    yield "recover waiting"


def _warned(visitor: Visitor) -> Iterator[str]:
    page, issuer = visitor.page, visitor.demo.issuer
    page.goto(f"{issuer}/signin")
    visitor.use_passkey()
    expect(page.get_by_test_id("stop-recovery")).to_be_visible()
    yield "recover warning"
    page.goto(f"{issuer}/account")
    expect(page.get_by_test_id("stop-recovery")).to_be_visible()
    yield "account with a warning"
    page.goto(issuer)
    yield "home with a warning"
    page.get_by_test_id("stop-recovery").click()
    expect(page.get_by_test_id("warning-new-codes")).to_be_visible()
    yield "recover stopped"
    page.goto(f"{issuer}/account/recovery")
    yield "recovery with codes"
