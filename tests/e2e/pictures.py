"""Pictures of the running demo. Run by hand: `python -m tests.e2e.pictures`.

Without options it makes the pictures of the README anew. `--every FOLDER` takes one of every page
in every state, narrow and wide, light and dark, in both languages, for people to look at.
"""

import argparse
import base64
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from network_id.button.page import page as button_page
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import MISSING, chromium, find_chromium, open_page
from tests.support.in_chinese import show_in_chinese
from tests.support.live_demo import LiveDemo, running_demo
from tests.support.states import every_state
from tests.support.visitor import Visitor, visit

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

WIDE: Final = 1100
NARROW, TALL = 350, 600
README: Final = 880
STYLE: Final = """
    body { margin: 0; }
    main { display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px; padding: 16px;
        background: #dfe5e1; font: 600 15px/1.4 "Noto Sans", sans-serif; color: #15211c; }
    figure { margin: 0; }
    img { display: block; width: 100%; border: 1px solid #b5c0b9; border-radius: 10px; }
    figcaption { padding-top: 10px; text-align: center; }
"""


def main() -> None:
    """Start a demo and a browser, and take what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.pictures", description=__doc__)
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="take every page and state")
    wanted = parser.parse_args()
    if find_chromium() is None:
        raise SystemExit(MISSING)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as demo,
        chromium() as browser,
    ):
        if wanted.every:
            take_every_state(browser, demo, wanted.every)
        else:
            take_those_of_the_readme(browser, demo)
            take_the_button(browser)


def take_every_state(browser: Browser, demo: LiveDemo, folder: Path) -> None:
    """Walk once, and take each state in both languages, widths and schemes."""
    folder.mkdir(parents=True, exist_ok=True)
    with visit(browser, demo) as visitor:
        for number, state in enumerate(every_state(visitor)):
            take(visitor.page, folder, f"{number:02} {state} en")
            show_in_chinese(visitor, state)
            take(visitor.page, folder, f"{number:02} {state} zh")


def take(page: Page, folder: Path, state: str) -> None:
    """Take a page narrow and wide, light and dark; leave it wide and light."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in reversed(SCHEMES):
            page.emulate_media(color_scheme=scheme)
            name = f"{state} {width} {scheme}".replace(" ", "-")
            page.screenshot(path=folder / f"{name}.png", full_page=True)


def take_those_of_the_readme(browser: Browser, demo: LiveDemo) -> None:
    """One person at both platforms: the pages as they come, and three of them side by side."""
    with visit(browser, demo, width=WIDE, scale=2) as visitor:
        visitor.log_in(demo.forum)
        expect(visitor.page.get_by_test_id("signin-passkey")).to_be_visible()
        photograph(visitor, "sign-in.png")
        visitor.enrol()
        visitor.page.get_by_test_id("created-continue").click()
        expect(visitor.page.get_by_test_id("consent-allow")).to_be_visible()
        photograph(visitor, "consent.png")
        visitor.allow(remember=True)
        visitor.network_id(demo.forum)
        visitor.log_in(demo.shop)
        visitor.allow(remember=True)
        visitor.network_id(demo.shop)
        for name, path in (("account.png", "/account"), ("my-platforms.png", "/account/platforms")):
            visitor.page.goto(demo.issuer + path)
            photograph(visitor, name)
        visitor.page.set_viewport_size({"width": NARROW, "height": TALL})
        shown = {}
        for name, platform in (("What a shop sees", demo.shop), ("What a forum sees", demo.forum)):
            visitor.page.goto(platform)
            shown[name] = visitor.page.screenshot()
        visitor.sign_out()
        visitor.log_out(demo.shop)
        visitor.log_in(demo.shop)
        expect(visitor.page.get_by_test_id("signin-passkey")).to_be_visible()
        first = {"One person signs in": visitor.page.screenshot()}
    compose(browser, first | shown, PICTURES / "two-platforms.png")


def take_the_button(browser: Browser) -> None:
    """The looks of the button, without their code."""
    with open_page(browser, width=README, scale=2) as page:
        page.set_content(button_page())
        page.add_style_tag(content="details { display: none }")
        page.locator("section .all").first.screenshot(path=PICTURES / "button.png")


def photograph(visitor: Visitor, name: str) -> None:
    """Take the whole page, nothing in focus."""
    visitor.page.evaluate("document.activeElement.blur()")
    visitor.page.screenshot(path=PICTURES / name, full_page=True)


def compose(browser: Browser, shown: Mapping[str, bytes], path: Path) -> None:
    """Put pictures side by side, each with a line under it, at the width of a README."""
    figures = "".join(
        f'<figure><img src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        f"<figcaption>{words}</figcaption></figure>"
        for words, picture in shown.items()
    )
    with open_page(browser, width=README, scale=2) as page:
        page.set_content(f"<style>{STYLE}</style><main>{figures}</main>")
        page.locator("main").screenshot(path=path)


if __name__ == "__main__":
    main()
