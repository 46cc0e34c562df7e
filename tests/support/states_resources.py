"""What a platform may do at another service: on the consent page, and in the account."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.support.states_platforms import LIST, open_platform
from tests.support.visitor import Visitor

SCOPE = "sandbox:read"


def resources(visitor: Visitor) -> Iterator[str]:
    """Asked together with a sign-in, asked alone, and allowed once. Uses nobody up."""
    page, demo = visitor.page, visitor.demo
    visitor.forget()
    visitor.ask(demo.forum, scope=f"openid age {SCOPE}")
    visitor.choose("elder")
    expect(page.get_by_test_id("permissions")).to_be_visible()
    yield "consent to a resource"
    visitor.ask(demo.forum, scope=SCOPE)
    expect(page.get_by_test_id("permissions")).to_be_visible()
    expect(page.get_by_test_id("value-acr")).to_have_count(0)
    yield "consent to a resource alone"
    visitor.allow()
    page.goto(demo.issuer + LIST)
    open_platform(visitor, "After Hours")
    expect(page.get_by_test_id("permissions")).to_be_visible()
    yield "platform with a resource"
