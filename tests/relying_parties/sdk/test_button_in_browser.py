"""The button in a real browser: high enough, readable and seen to be focused, in every look."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from network_id.button import STYLE_SHEET, Look, button
from network_id.button.page import page as button_page
from playwright.sync_api import Browser, Locator, Page

from tests.support.browser import accessibility_violations, open_page

pytestmark = pytest.mark.browser
GROUNDS = {
    Look.AUTO: ("#fff", "#15211c", "light"),
    Look.DARK: ("#fff", "#15211c", "light"),
    Look.LIGHT: ("#101826", "#f2f5fa", "dark"),
    Look.OUTLINE: ("#f6c453", "#221a05", "light"),
}
HOSTILE = """
    html { font-size: 62.5% } body { font: 10px/1 serif; letter-spacing: 3px }
    a, button { color: red; background: yellow; padding: 0; border: 9px double red; width: 40px }
    a:hover, button:hover, a:focus, a:visited { color: yellow; background: red }
    svg { display: none; width: 100%; fill: red } span { color: inherit }
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with open_page(browser) as opened:
        yield opened


def show(page: Page, body: str, css: str = "", direction: str = "ltr") -> Locator:
    page.mouse.move(0, 0)
    page.set_content(
        f'<!doctype html><html lang="en" dir="{direction}"><title>t</title>'
        f'<meta name="viewport" content="width=device-width"><style>{css}</style>'
        f"<style>{STYLE_SHEET.read_text('utf-8')}</style>"
        f'<main><h1>t</h1>{body}<p><a id="after" href="#after">after</a></p></main>'
    )
    return page.locator(".network-id-button").first


def on(look: Look, html: str) -> tuple[str, str]:
    ground, ink, scheme = GROUNDS[look]
    css = f"main {{ background: {ground}; color: {ink}; color-scheme: {scheme}; padding: 20px }}"
    return f"<p>{html}</p>", css


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    parts = [float(one) / 255 for one in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def styles(one: Locator, *names: str) -> list[str]:
    found: list[str] = one.evaluate(
        "(element, names) => names.map(name => getComputedStyle(element)[name])", list(names)
    )
    return found


def measured(one: Locator) -> dict[str, float]:
    """Return the contrast of label and mark with what is behind them."""
    ground, ink = styles(one, "backgroundColor", "color")
    (mark,) = styles(one.locator("svg"), "fill")
    if ground == "rgba(0, 0, 0, 0)":
        ground = one.evaluate("e => getComputedStyle(e.closest('main')).backgroundColor")
    return {"label": contrast(ink, ground), "mark": contrast(mark, ground)}


def settled(page: Page) -> None:
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")


@pytest.mark.parametrize("look", Look)
def test_it_is_readable_in_every_state(page: Page, look: Look) -> None:
    one = show(page, *on(look, button("#", look=look)))
    seen = {"still": measured(one)}
    one.hover()
    settled(page)
    seen["hovered"] = measured(one)
    page.mouse.down()
    settled(page)
    seen["pressed"] = measured(one)
    page.mouse.up()
    one = show(page, *on(look, button(None, look=look, attributes={"disabled": ""})))
    seen["disabled"] = measured(one)
    assert all(ratio["label"] >= 4.5 and ratio["mark"] >= 3 for ratio in seen.values()), seen


@pytest.mark.parametrize("look", Look)
@pytest.mark.parametrize("ground", ["#fff", "#101826", "#f6c453", "#0b5d4b"])
def test_its_focus_is_seen_on_every_ground(page: Page, look: Look, ground: str) -> None:
    one = show(page, button("#", look=look), f"main {{ background: {ground}; padding: 20px }}")
    (before,) = styles(one, "boxShadow")
    page.keyboard.press("Tab")
    assert one.evaluate("element => element === document.activeElement")
    settled(page)
    (after,) = styles(one, "boxShadow")
    assert before == "none"
    (behind,) = styles(page.locator("main"), "backgroundColor")
    rings = after.split("px, ")
    edges = [contrast("rgb" + ring.split("rgb")[1].split(")")[0] + ")", behind) for ring in rings]
    assert len(rings) == 3
    assert max(edges) >= 3
    assert contrast("rgb(255,255,255)", "rgb(21,33,28)") > 15  # the rings, with each other


@pytest.mark.parametrize("html", [button("#"), button(None), button("#", wide=True)])
@pytest.mark.parametrize("size", ["100%", "200%"])
def test_it_is_44_px_high_and_fits_320_px(page: Page, html: str, size: str) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    one = show(page, html, f"html {{ font-size: {size} }}")
    box = one.bounding_box()
    page.set_viewport_size({"width": 1280, "height": 900})
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] + box["width"] <= 320
    assert one.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_the_pages_own_rules_do_not_break_it(page: Page) -> None:
    names = ("color", "backgroundColor", "fontSize", "letterSpacing", "borderTopWidth")
    alone = styles(show(page, button("#")), *names)
    one = show(page, button("#"), HOSTILE)
    assert styles(one, *names) == alone
    one.hover()
    settled(page)
    assert min(measured(one).values()) >= 4.5
    box, mark = one.bounding_box(), one.locator("svg").bounding_box()
    assert box is not None
    assert mark is not None
    assert box["height"] >= 44
    assert mark["width"] == mark["height"] >= 24


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_mark_stands_where_a_line_begins_and_is_not_mirrored(
    page: Page, direction: str
) -> None:
    one = show(page, button("#"), direction=direction)
    mark, label = one.locator("svg").bounding_box(), one.locator("span").bounding_box()
    assert mark is not None
    assert label is not None
    assert (mark["x"] < label["x"]) == (direction == "ltr")
    assert styles(one.locator("svg"), "transform", "scale") == ["none", "none"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("says", ["", "light", "dark", "light dark"])
def test_without_a_look_it_follows_what_the_page_says_of_itself(
    page: Page, scheme: Literal["light", "dark"], says: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    one = show(page, button("#"), f":root {{ color-scheme: {says} }}" if says else "")
    is_dark_page = says == "dark" or (says == "light dark" and scheme == "dark")
    (ground,) = styles(one, "backgroundColor")
    page.emulate_media(color_scheme="light")
    assert ground == ("rgb(255, 255, 255)" if is_dark_page else "rgb(11, 93, 75)")


@pytest.mark.parametrize("look", Look)
def test_in_forced_colours_all_of_it_has_one_colour_and_an_edge(page: Page, look: Look) -> None:
    page.emulate_media(forced_colors="active", color_scheme="dark")
    one = show(page, button("#", look=look), ":root { color-scheme: light dark }")
    page.keyboard.press("Tab")
    ink, edge, width, ring, kind = styles(
        one, "color", "borderTopColor", "borderTopWidth", "outlineColor", "outlineStyle"
    )
    (mark,) = styles(one.locator("svg"), "fill")
    (behind,) = styles(page.locator("body"), "backgroundColor")
    page.emulate_media(forced_colors="none", color_scheme="light")
    assert ink == edge == mark
    assert width == "1px"
    assert kind == "solid"
    assert contrast(ring, behind if "rgba" not in behind else "rgb(0,0,0)") >= 3


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_want_no_motion(
    page: Page, motion: Literal["reduce", "no-preference"]
) -> None:
    page.emulate_media(reduced_motion=motion)
    (lasts,) = styles(show(page, button("#")), "transitionDuration")
    page.emulate_media(reduced_motion="reduce")
    assert lasts == ("0s" if motion == "reduce" else "0.12s")


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_the_page_of_all_looks_is_accessible(
    page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_content(button_page())
    for summary in page.locator("summary").all()[:2]:
        summary.click()
    found = accessibility_violations(page)
    sizes: Any = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    heights = page.locator(".network-id-button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    assert found == []
    assert sizes[0] <= sizes[1]
    assert min(heights) >= 44
