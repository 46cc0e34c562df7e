"""The pages of a person's own account, in the states that they can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.visitor import Visitor


def own_account(visitor: Visitor) -> Iterator[str]:
    """Somebody signed in just now looks around, and clears their history."""
    page, demo = visitor.page, visitor.demo
    page.goto(f"{demo.issuer}/signin?then=/account/activity/clear&again=1")
    visitor.choose("elder")
    expect(page.get_by_test_id("clear-confirm")).to_be_visible()
    yield "account activity clear"
    page.get_by_test_id("clear-confirm").click()
    expect(page.get_by_test_id("cleared")).to_be_visible()
    yield "account activity cleared"
    for name, path in (
        ("overview", ""),
        ("activity", "/activity"),
        ("no passkeys", "/passkeys"),
        ("sessions", "/sessions"),
    ):
        page.goto(f"{demo.issuer}/account{path}")
        yield f"account {name}"


def taking_along_and_closing(visitor: Visitor) -> Iterator[str]:
    """The file, and the way out. A persona's account is there again when its button is pressed."""
    page, issuer = visitor.page, visitor.demo.issuer
    page.goto(f"{issuer}/signin?then=/account/data&again=1")
    visitor.choose("rtl")
    expect(page.get_by_test_id("export")).to_be_visible()
    page.locator("summary").click()
    yield "account data"
    page.goto(f"{issuer}/account/close")
    yield "account close"
    page.locator("input[name=understood]").evaluate("field => field.required = false")
    page.get_by_test_id("close").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "account close unticked"
    page.get_by_test_id("understood").check()
    page.get_by_test_id("close").click()
    expect(page.get_by_test_id("account-closed")).to_be_visible()
    yield "account closed"
