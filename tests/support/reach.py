"""What the keyboard reaches on a page, and whether one sees where one is."""

from typing import Final

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

# WCAG 2.2 §2.4.7 and §2.4.11: the element in focus is marked, in the window, and not covered.
HERE: Final = """() => {
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
}"""


def keyboard_problems(page: Page) -> list[str]:
    """Press Tab once around the page; return what was not reached, not marked, or covered."""
    usable = [str(html) for html in page.evaluate(USABLE)]
    reached: set[str] = set()
    problems: list[str] = []
    before = ""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None:  # the browser's own buttons come after the last link
            continue
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
