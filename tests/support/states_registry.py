"""Pages about a platform that is disabled, and about what the command line proposed."""

import time
from collections.abc import Iterator

import httpx2
from playwright.sync_api import expect

from tests.support.live_demo import READY_SECONDS, SHOP, LiveDemo
from tests.support.live_eid import http
from tests.support.officer import Officer
from tests.support.visitor import Visitor

LIST = "/account/platforms"


def switch_the_shop(demo: LiveDemo, word: str, *options: str) -> None:
    """Disable or enable the shop; wait until the provider that runs knows: within two seconds."""
    demo.command("clients", word, SHOP, *options)
    deadline = time.monotonic() + READY_SECONDS
    with http() as there:
        while word != state_of_the_shop(there.get(f"{demo.shop}/login", follow_redirects=True)):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def state_of_the_shop(answer: httpx2.Response) -> str:
    """Return the command that made the shop's login lead to this page."""
    return "disable" if "client_disabled" in answer.text else "enable"


def disabled(visitor: Visitor) -> Iterator[str]:
    """A platform that an operator has disabled, for whoever is on the page of one of theirs."""
    page, demo = visitor.page, visitor.demo
    here = page.url
    switch_the_shop(demo, "disable", "--yes")
    page.goto(f"{demo.shop}/login")
    expect(page.get_by_test_id("error-code")).to_have_text("client_disabled")
    yield "platform disabled"
    page.goto(demo.issuer + LIST)
    expect(page.get_by_test_id("platform-disabled")).to_have_count(1)
    page.get_by_test_id("platform").filter(
        has=page.get_by_test_id("platform-disabled")
    ).get_by_test_id("platform-open").click()
    expect(page.get_by_test_id("platform-disabled")).to_be_visible()
    yield "platform disabled of ones own"
    switch_the_shop(demo, "enable")
    page.goto(here)


def drafted(visitor: Visitor, first: Officer, network_id: str) -> Iterator[str]:
    """What the command line proposed, before the first of two has approved and after."""
    page, demo = visitor.page, visitor.demo
    told = demo.command("people", "find-by-network-id", network_id, "--case-number", "AZ 4712/26")
    page.goto(f"{demo.issuer}/operator/cases")
    page.goto(told["approve_at"])
    expect(page.get_by_test_id("needs-two")).to_be_visible()
    yield "operator proposal drafted"
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("needs-another")).to_be_visible()
    yield "operator proposal approved first"
    first.approve(told["approve_at"])
