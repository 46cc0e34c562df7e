"""The pages in a browser: WCAG 2.2 AA, 320 px, light and dark, by keyboard, without a script."""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlencode

import pytest
from network_id_simulator import Simulator, serving
from playwright.sync_api import Browser

from tests.support.browser import accessibility_violations, open_page
from tests.support.simulator import CHALLENGE, NONCE, STATE

REQUEST = {
    "client_id": "corner-shop",
    "response_type": "code",
    "scope": "openid age",
    "state": STATE,
    "nonce": NONCE,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with serving() as one:
        yield one


def address(simulator: Simulator, redirect_uri: str) -> str:
    return f"{simulator.issuer}/authorize?{urlencode({**REQUEST, 'redirect_uri': redirect_uri})}"


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en"), ("dark", "zh-CN")])
def test_pages_are_accessible_and_narrow(
    browser: Browser, simulator: Simulator, scheme: Literal["light", "dark"], locale: str
):
    right, wrong = (address(simulator, f"{how}://shop.example/cb") for how in ("https", "http"))
    with open_page(browser, width=320, scheme=scheme, locale=locale) as page:
        explained = f"{simulator.issuer}/errors/code_unknown"
        for url in (right, wrong, simulator.issuer, f"{simulator.issuer}/logout", explained):
            page.goto(url)
            assert accessibility_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_person_is_chosen_by_keyboard_without_a_script(browser: Browser, simulator: Simulator):
    callback = f"{simulator.issuer}/faults"
    with open_page(browser, scripts=False) as page:
        page.goto(address(simulator, callback))
        page.get_by_test_id("fault").select_option("response-extra")
        page.get_by_test_id("persona-adult").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{callback}?*")
        assert "code=" in page.url
        assert "session_state=" in page.url


def test_a_form_is_sent_by_the_browser_itself(browser: Browser, simulator: Simulator):
    callback = f"{simulator.issuer}/authorize/chosen"  # whoever takes a form
    with open_page(browser) as page, page.expect_request(callback) as sent:
        page.goto(f"{address(simulator, callback)}&response_mode=form_post&prompt=none")
    assert "error=login_required" in (sent.value.post_data or "")
