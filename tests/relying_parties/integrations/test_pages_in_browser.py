"""The few plain pages in a real browser: nobody is shut out, and none is wider than a phone."""

from typing import Literal

import pytest
from network_id import IssuerMismatchError
from network_id.integrations import Refusal
from network_id.integrations.core.pages import leave_page, refusal_page
from network_id.integrations.core.words import words
from playwright.sync_api import Browser

from tests.support.browser import accessibility_violations, open_page

pytestmark = pytest.mark.browser
KINDS = sorted({name.partition(".")[0] for name in words("en")} - {"button", "leave"})
LONG = IssuerMismatchError(expected="'https://id.example/" + "x" * 120 + "'", came="'<script>'")


def pages() -> list[str]:
    """Every page, half of them in each language."""
    shown = [
        refusal_page(
            Refusal(kind, 400, language, "/", "/login?next=%2Fx", 18, error=LONG),
            for_developers=True,
        )
        for kind, language in zip(KINDS, ["en", "zh-Hans"] * len(KINDS), strict=False)
    ]
    return [one.body for one in (*shown, leave_page("en", "/logout", "/", issuer="https://x"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody(browser: Browser, scheme: Literal["light", "dark"]):
    with open_page(browser, width=320, scheme=scheme) as page:
        for html in pages():
            page.set_content(html)
            assert accessibility_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert all(
                box["height"] >= 44
                for one in page.locator(".ways a, .ways button").all()
                if (box := one.bounding_box())
            )
        assert page.get_by_test_id("logout").is_visible()
