"""The account's platform pages, in every state that a person can bring them into."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.support.states_registry import disabled
from tests.support.visitor import Visitor

LIST = "/account/platforms"


def platforms(visitor: Visitor) -> Iterator[str]:
    """None, some, one of them, taken back, about to be renewed. Uses nobody up."""
    page, demo = visitor.page, visitor.demo
    visitor.forget()  # whoever is signed in at the platforms still
    page.goto(demo.issuer + LIST)
    visitor.choose("newcomer")
    expect(page.get_by_test_id("no-platforms")).to_be_visible()
    yield "platforms none"
    visitor.forget()
    log_in_everywhere(visitor)
    page.goto(demo.issuer + LIST)
    expect(page.get_by_test_id("platform")).to_have_count(2)
    yield "platforms"
    open_platform(visitor, "After Hours")
    expect(page.get_by_test_id("withdraw")).to_be_visible()
    yield "platform remembered"
    page.get_by_test_id("withdraw").click()
    expect(page.get_by_test_id("said")).to_be_visible()
    yield "platform taken back"
    page.goto(demo.issuer + LIST)
    open_platform(visitor, "Clay & Leaf")
    yield "platform not remembered"
    page.get_by_test_id("renew-open").click()
    expect(page.get_by_test_id("renew")).to_be_visible()
    yield "platform renew"
    yield from disabled(visitor)


def log_in_everywhere(visitor: Visitor) -> None:
    """Log in at both platforms, with a yes that the second of them remembers."""
    for platform in (visitor.demo.shop, visitor.demo.forum):
        visitor.log_in(platform)
        if platform == visitor.demo.shop:
            visitor.choose("elder")
        visitor.allow(remember=platform == visitor.demo.forum)
        visitor.network_id(platform)


def open_platform(visitor: Visitor, name: str) -> None:
    """Follow a platform's link in the list."""
    shown = {"Clay & Leaf": "陶与茶", "After Hours": "夜谈"}
    links = visitor.page.get_by_test_id("platform-open")
    english = links.filter(has_text=name)
    (english if english.count() else links.filter(has_text=shown[name])).click()
    expect(visitor.page.get_by_test_id("network-id")).to_be_visible()
