"""The demo platforms in a real browser: usable by everybody, also without JavaScript."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from relying_parties.demo import Settings
from relying_parties.forum.app import create_app as create_forum
from relying_parties.shop.app import create_app as create_shop
from tests.support.browser import accessibility_violations, open_page
from tests.support.simulated_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    NETWORK_ID,
    SimulatedProvider,
    serving,
)

pytestmark = pytest.mark.browser


@dataclass
class Town:
    """A provider and both platforms on loopback."""

    provider: SimulatedProvider
    urls: dict[str, str]


def settings(issuer: str, url: str) -> Settings:
    return Settings(issuer, CLIENT_ID, CLIENT_SECRET, url, "a secret that signs cookies")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    provider = SimulatedProvider(lambda: int(time.time()))
    shop, forum = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    with serving(provider.app) as issuer:
        provider.issuer = issuer
        with (
            serving(create_shop(settings(issuer, shop)), int(shop.rpartition(":")[2])),
            serving(create_forum(settings(issuer, forum)), int(forum.rpartition(":")[2])),
        ):
            yield Town(provider, {"shop": shop, "forum": forum})


def check(page: Page, width: int) -> None:
    assert accessibility_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["shop", "forum"])
@pytest.mark.parametrize(
    ("width", "scheme", "locale"),
    [(320, "light", "en"), (320, "dark", "zh-CN"), (1280, "dark", "en")],
)
def test_every_state_is_accessible(
    browser: Browser,
    town: Town,
    name: str,
    width: int,
    scheme: Literal["light", "dark"],
    locale: str,
) -> None:
    url = town.urls[name]
    town.provider.error = None
    with open_page(browser, width=width, scheme=scheme, locale=locale) as page:
        page.goto(url)
        check(page, width)
        for ages in ({"age_over_18": True}, {"age_over_18": False}):
            town.provider.ages = dict(ages)
            page.get_by_test_id("login").click()
            page.get_by_test_id("network-id").wait_for()
            check(page, width)
            page.get_by_test_id("logout").click()
        town.provider.error = "access_denied"
        page.get_by_test_id("login").click()
        check(page, width)
        page.goto(f"{url}/callback?code=a&state=b")
        page.locator("summary").click()
        check(page, width)


@pytest.mark.parametrize("name", ["shop", "forum"])
def test_it_works_without_javascript(browser: Browser, town: Town, name: str) -> None:
    town.provider.error = None
    town.provider.ages = {"age_over_18": True} if name == "forum" else {}
    with open_page(browser, scripts=False) as page:
        page.goto(town.urls[name])
        page.get_by_test_id("login").click()
        shown = page.get_by_test_id("network-id").inner_text()
        assert shown == "-".join(NETWORK_ID[at : at + 5] for at in range(0, 25, 5))
        page.get_by_test_id("logout").click()
        page.get_by_test_id("login").wait_for()


def test_two_platforms_of_one_host_keep_their_sessions(browser: Browser, town: Town) -> None:
    town.provider.error = None
    with open_page(browser) as page:
        for url in town.urls.values():
            page.goto(url)
            page.get_by_test_id("login").click()
            page.get_by_test_id("network-id").wait_for()
        page.goto(town.urls["shop"])
        assert page.get_by_test_id("network-id").is_visible()
