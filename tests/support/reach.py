"""What the keyboard reaches on a page, and whether one sees where one is."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from playwright.sync_api import Page

MOST: Final = 80

# What a person can use with a mouse. Of a group of radio buttons the keyboard stops at one.
USABLE: Final = """() => {
    const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
    const usable = Array.from(all).filter((one) =>
        one.checkVisibility({visibilityProperty: true})
        && !one.disabled && one.type !== "hidden" && (one.type !== "radio" || one.checked));
    usable.forEach((one, place) => { one.dataset.place = String(place); });
    return usable.map((one) => one.outerHTML.slice(0, 120));
}"""

# WCAG 2.2 §2.4.7 and §2.4.11: the element in focus is marked, in the window, and not covered. Each
# key tells where the one before it led, once the page has scrolled there: so nobody has to ask.
LISTEN: Final = """() => {
    const stops = [], listening = new AbortController();
    const here = () => {
        const one = document.activeElement;
        if (one === null || one === document.body) return null;
        const style = getComputedStyle(one), box = one.getBoundingClientRect();
        // The middle of what is in the window of it: a long table's own middle is further down.
        const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
        const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
        const top = document.elementFromPoint(x, y);
        return {
            place: one.dataset.place ?? one.outerHTML.slice(0, 120),
            marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            uncovered: top !== null && (one.contains(top) || top.contains(one)),
        };
    };
    const note = () => stops.push(here());
    addEventListener("keydown", note, {capture: true, signal: listening.signal});
    return {stops: () => stops.slice(1), stop: () => listening.abort()};
}"""


def keyboard_problems(page: Page) -> list[str]:
    """Hold Tab once around the page; return what was not reached, not marked, or covered."""
    usable = [str(html) for html in page.evaluate(USABLE)]
    reached: set[str] = set()
    problems: list[str] = []
    before = ""
    for here in once_around(page, len(usable)):
        place = str(here["place"])
        if place == before:  # the day, the month and the year of one date
            continue
        before = place
        if place in reached:
            break
        reached.add(place)
        name = usable[int(place)] if place.isdigit() else place
        if not here["marked"]:
            problems.append(f"focus is not to be seen: {name}")
        if not here["uncovered"]:
            problems.append(f"focus is covered: {name}")
    missed = [html for place, html in enumerate(usable) if str(place) not in reached]
    return [*problems, *(f"not reached: {html}" for html in missed)]


def once_around(page: Page, expected: int) -> list[dict[str, Any]]:
    """Return where Tab leads until it comes round; the browser's own buttons are left out."""
    listening = page.evaluate_handle(LISTEN)
    stops: list[dict[str, Any] | None] = []
    while len(stops) < MOST and not came_round(stops):
        for _ in range(expected + 3):  # the first stop again, and what the browser has itself
            page.keyboard.down("Tab")
        stops = listening.evaluate("listening => listening.stops()")
    page.keyboard.up("Tab")
    listening.evaluate("listening => listening.stop()")
    return [stop for stop in stops if stop is not None]


def came_round(stops: Iterable[dict[str, Any] | None]) -> bool:
    """Tell whether a stop has come again; the day, the month and the year of a date are one."""
    places = [place for place, _ in groupby(stop["place"] for stop in stops if stop is not None)]
    return len(set(places)) < len(places)
