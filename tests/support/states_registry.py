"""Pages about a platform that is disabled, and about what the command line proposed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import expect

from tests.support.live_demo import ROOT, SHOP, LiveDemo
from tests.support.officer import Officer
from tests.support.visitor import Visitor

LIST = "/account/platforms"
LOOKS = 100


def command(demo: LiveDemo, *arguments: str) -> dict[str, Any]:
    """Run `idp` on the demo's instance; return what it prints for machines."""
    done = subprocess.run(
        [sys.executable, "-m", "idp.cli", *arguments, "--json", "--home", str(demo.home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def disabled(visitor: Visitor) -> Iterator[str]:
    """A platform that an operator has disabled, for whoever is on the page of one of theirs."""
    page, demo = visitor.page, visitor.demo
    here = page.url
    command(demo, "clients", "disable", SHOP, "--yes")
    for _ in range(LOOKS):  # a server that runs knows within two seconds
        visitor.log_in(demo.shop)
        page.wait_for_load_state()
        if page.get_by_test_id("error-code").count():
            break
    expect(page.get_by_test_id("error-code")).to_have_text("client_disabled")
    yield "platform disabled"
    page.goto(demo.issuer + LIST)
    expect(page.get_by_test_id("platform-disabled")).to_have_count(1)
    page.get_by_test_id("platform").filter(
        has=page.get_by_test_id("platform-disabled")
    ).get_by_test_id("platform-open").click()
    expect(page.get_by_test_id("platform-disabled")).to_be_visible()
    yield "platform disabled of ones own"
    command(demo, "clients", "enable", SHOP)
    page.goto(here)


def drafted(visitor: Visitor, first: Officer, network_id: str) -> Iterator[str]:
    """What the command line proposed, before the first of two has approved and after."""
    page, demo = visitor.page, visitor.demo
    told = command(demo, "people", "find-by-network-id", network_id, "--case-number", "AZ 4712/26")
    page.goto(f"{demo.issuer}/operator/cases")
    page.goto(told["approve_at"])
    expect(page.get_by_test_id("needs-two")).to_be_visible()
    yield "operator proposal drafted"
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("needs-another")).to_be_visible()
    yield "operator proposal approved first"
    first.approve(told["approve_at"])
