"""Every page in every state, as it really comes: for everybody, in any window, by keyboard alone.

One walk looks at each state in several ways and in both languages, because walking costs more than
looking. What is found is told for all states at once.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import accessibility_violations
from tests.support.in_chinese import CHINESE, show_in_chinese
from tests.support.live_demo import LiveDemo
from tests.support.reach import keyboard_problems
from tests.support.states import every_state
from tests.support.visitor import Visitor, visit

Look = tuple[int, Literal["light", "dark"]]

# What axe judges is the same in every language but for what the words themselves do to a page:
# together they see every colour, either width, and Chinese where room is scarce.
WIDE: Final[Look] = (1280, "light")
DARK: Final[Look] = (320, "dark")
NARROW: Final[Look] = (320, "light")
ENGLISH: Final = "en"
WALK_SECONDS: Final = 600  # more than a hundred states, on a machine that may be busy
FOOTER: Final = ("/help", "/privacy", "/accessibility")
TELL: Final = """() => {
    const root = document.documentElement;
    const all = Array.from(document.body.querySelectorAll("*"));
    return {
        language: root.lang,
        over: root.scrollWidth - root.clientWidth,
        footer: Array.from(document.querySelectorAll("footer a"), one => one.href),
        parts: all.filter(one => one.checkVisibility())
            .map(one => `${one.tagName} ${one.dataset.testid ?? ""}`),
    };
}"""


@pytest.mark.timeout(WALK_SECONDS)
@pytest.mark.spec("WCAG 2.2 §5.2.1")
@pytest.mark.spec("WCAG 2.2 §1.4.10")
@pytest.mark.spec("WCAG 2.2 §2.1.1")
@pytest.mark.spec("WCAG 2.2 §2.4.7")
@pytest.mark.spec("WCAG 2.2 §2.4.11")
def test_no_state_of_any_page_shuts_anybody_out(browser: Browser, demo: LiveDemo):
    """Neither by barriers that axe knows, nor by width, nor whoever has a keyboard alone."""
    with visit(browser, demo) as visitor:
        walk = Walk(visitor)
        for state in every_state(visitor):
            walk.look_at(state)
    assert {state: problems for state, problems in walk.found.items() if problems} == {}
    assert len(walk.found) > 100
    assert walk.seen == {ENGLISH: list(walk.found), CHINESE: list(walk.found)}


def test_a_whole_login_needs_no_mouse(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        page = visitor.page
        page.goto(demo.forum)
        press(page, "login")
        expect(page.get_by_test_id("persona-adult")).to_be_visible()
        press(page, "persona-adult")
        expect(page.get_by_test_id("consent-allow")).to_be_visible()
        press(page, "remember", "Space")
        expect(page.get_by_test_id("remember")).to_be_checked()
        page.keyboard.press("Space")  # and off again: personas are shared between tests
        press(page, "consent-allow")
        visitor.network_id(demo.forum)
        press(page, "logout")
        expect(page.get_by_test_id("login")).to_be_visible()


def test_the_skip_link_leads_past_the_header(browser: Browser, demo: LiveDemo):
    with visit(browser, demo) as visitor:
        for address in (demo.issuer, demo.shop, demo.forum):
            visitor.page.goto(address)
            visitor.page.keyboard.press("Tab")
            expect(visitor.page.locator(".skip")).to_be_in_viewport()
            visitor.page.keyboard.press("Enter")
            expect(visitor.page.locator("main")).to_be_focused()


def press(page: Page, test_id: str, key: str = "Enter") -> None:
    """Go to an element with Tab alone, and press a key there."""
    wanted = page.get_by_test_id(test_id)
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            page.keyboard.press(key)
            return
    raise AssertionError(f"Tab never came to {test_id}")


@dataclass
class Walk:
    """Looks at each state on a visitor's way: what was found there, what was seen by language."""

    visitor: Visitor

    def __post_init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self.seen: dict[str, list[str]] = defaultdict(list)

    def look_at(self, state: str) -> None:
        """Look at it in English, then in Chinese; the window is wide before and afterwards."""
        page = self.visitor.page
        problems = self.found[state] = []
        wide = self._tell(problems, ENGLISH, WIDE)
        problems += axe(page, WIDE)
        problems += keyboard_problems(page)  # the order is that of the page, in any language
        show(page, DARK)
        self._tell(problems, ENGLISH, DARK)
        problems += axe(page, DARK)
        page.emulate_media(color_scheme="light")
        show_in_chinese(self.visitor, state)
        self._tell(problems, CHINESE, NARROW)
        problems += axe(page, NARROW)
        show(page, WIDE)
        again = self._tell(problems, CHINESE, WIDE)
        self.seen[wide["language"]].append(state)
        self.seen[again["language"]].append(state)
        if again["parts"] != wide["parts"]:
            here, there = Counter(wide["parts"]), Counter(again["parts"])
            problems.append(f"differs in Chinese: lacks {here - there}, has {there - here}")

    def _tell(self, problems: list[str], tag: str, look: Look) -> dict[str, Any]:
        """Return what stands on the page; note what every page promises and this one lacks."""
        page, issuer = self.visitor.page, self.visitor.demo.issuer
        told: dict[str, Any] = page.evaluate(TELL)
        if told["over"] > 0:
            problems.append(f"{tag} {look}: scrolls {told['over']} px sideways")
        if told["language"] != tag:
            problems.append(f"speaks {told['language']}, not {tag}")
        links = FOOTER if page.url.startswith(issuer) else FOOTER[:1]
        if told["footer"] != [issuer + path for path in links]:
            problems.append(f"ends with {told['footer']}")
        return told


def axe(page: Page, look: Look) -> list[str]:
    """Return what axe finds on the page as it is shown now."""
    return [f"{look}: {line}" for line in accessibility_violations(page)]


def show(page: Page, look: Look) -> None:
    """Change the window and the colours of a page that stays open."""
    width, scheme = look
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
