"""Every page in every state, as it really comes: for everybody, in any window, by keyboard alone.

One walk looks at each state in several ways, because walking costs more than looking. What is found
is told for all states at once.
"""

from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import accessibility_violations
from tests.support.live_demo import LiveDemo
from tests.support.reach import keyboard_problems
from tests.support.states import every_state
from tests.support.visitor import visit

Look = tuple[int, Literal["light", "dark"]]

WIDE: Final[Look] = (1280, "light")
# What axe judges is the same in every language but for what the words themselves do to a page:
# both walks together see every colour, either width, and Chinese where room is scarce.
ENGLISH: Final[tuple[Look, ...]] = (WIDE, (320, "dark"))
CHINESE: Final[tuple[Look, ...]] = ((320, "light"),)
WALK_SECONDS: Final = 600  # more than a hundred states, on a machine that may be busy
FOOTER: Final = ("/help", "/privacy", "/accessibility")


@pytest.mark.timeout(WALK_SECONDS)
@pytest.mark.spec("WCAG 2.2 §5.2.1")
@pytest.mark.spec("WCAG 2.2 §1.4.10")
@pytest.mark.spec("WCAG 2.2 §2.1.1")
@pytest.mark.spec("WCAG 2.2 §2.4.7")
@pytest.mark.spec("WCAG 2.2 §2.4.11")
@pytest.mark.parametrize(
    ("locale", "tag", "looks"), [("en", "en", ENGLISH), ("zh-CN", "zh-Hans", CHINESE)]
)
def test_no_state_of_any_page_shuts_anybody_out(
    browser: Browser, demo: LiveDemo, locale: str, tag: str, looks: tuple[Look, ...]
):
    """Neither by barriers that axe knows, nor by width, nor whoever has a keyboard alone."""
    found: dict[str, list[str]] = {}
    with visit(browser, demo, locale=locale) as visitor:
        for state in every_state(visitor):
            found[state] = barriers(visitor.page, looks)
            found[state] += promises_broken(visitor.page, demo, tag)
            if tag == "en":  # the order of stops is that of the page, in any language
                found[state] += keyboard_problems(visitor.page)
    assert {state: problems for state, problems in found.items() if problems} == {}
    assert len(found) > 100


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


def barriers(page: Page, looks: tuple[Look, ...]) -> list[str]:
    """Return what axe finds in each look, and what scrolls sideways there or in a wide window."""
    problems = sideways(page, WIDE)
    now = WIDE
    for look in looks:
        if look != now:  # each change lays the page out anew
            show(page, look)
            now = look
            problems += sideways(page, look)
        problems += [f"{look}: {line}" for line in accessibility_violations(page)]
    show(page, WIDE)
    return problems


def sideways(page: Page, look: Look) -> list[str]:
    """Return by how much a page is wider than its window."""
    root = "document.documentElement"
    over = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return [f"{look}: scrolls {over} px sideways"] if over > 0 else []


def show(page: Page, look: Look) -> None:
    """Change the window and the colours of a page that stays open."""
    width, scheme = look
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def promises_broken(page: Page, demo: LiveDemo, tag: str) -> list[str]:
    """Return what every page promises and this one lacks: its language, and how it ends."""
    problems = []
    language = page.locator("html").get_attribute("lang")
    if language != tag:
        problems.append(f"speaks {language}, not {tag}")
    links = page.locator("footer a").evaluate_all("all => all.map(one => one.href)")
    at_home = page.url.startswith(demo.issuer)
    wanted = [demo.issuer + path for path in (FOOTER if at_home else FOOTER[:1])]
    if links != wanted:
        problems.append(f"ends with {links}")
    return problems
