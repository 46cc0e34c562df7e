"""Every sample platform, and the quickstart's app, at a real provider and in a real browser.

What is started is what their pages say: the commands, and the code, are read from there.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from idp.domain import network_id
from tests.support.by_npm import needs_packages_of
from tests.support.live_demo import LiveDemo
from tests.support.samples import ROOT, SAMPLES, Samples, blocks, names, running_samples
from tests.support.served import served
from tests.support.visitor import Visitor, visit

EVERY = [pytest.param(name, id=name, marks=needs_packages_of(SAMPLES / name)) for name in names()]
IN_A_BROWSER_ALONE = {"spa"}


@dataclass
class Street:
    """The samples, side by side, and the network IDs that one person was seen to have there."""

    samples: Samples
    seen: dict[str, str] = field(default_factory=dict)

    def demo(self, name: str) -> LiveDemo:
        """What a visitor may speak to: the provider and this sample."""
        url, issuer = self.samples.url(name), self.samples.issuer
        return LiveDemo(issuer, url, url, (), self.samples.folder)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    with served(folder) as (issuer, _), running_samples(issuer, folder) as samples:
        yield Street(samples)


def log_in(visitor: Visitor, url: str) -> str:
    visitor.log_in(url)
    visitor.choose("adult")
    visitor.allow()
    return visitor.network_id(url)


@pytest.mark.parametrize("name", EVERY)
def test_a_sample_logs_in_and_out_takes_a_no_and_knows_nobody_from_elsewhere(
    browser: Browser, street: Street, name: str
):
    demo = street.demo(name)
    with visit(browser, demo) as visitor:
        shown = log_in(visitor, demo.shop)
        found = network_id.parse(shown)
        assert shown == network_id.display(found)
        assert found not in street.seen.values()
        street.seen[name] = found
        visitor.page.get_by_test_id("logout").click()
        visitor.page.get_by_test_id("login").click()
        visitor.deny()
        refused = visitor.page.get_by_test_id("refused")
        expect(refused).to_contain_text("You said no")
        assert visitor.is_at(demo.shop)
        expect(visitor.page.get_by_test_id("network-id")).not_to_be_visible()
        visitor.page.get_by_test_id("login").click()
        visitor.allow()
        assert visitor.network_id(demo.shop) == shown
        if name not in IN_A_BROWSER_ALONE:  # a link of somebody's that only looks like an answer
            visitor.page.goto(f"{demo.shop}/callback?code=x&state=y&iss={demo.issuer}")
            expect(visitor.page.get_by_test_id("refused")).to_be_visible()
            visitor.complaints.clear()  # the browser notes the status
            visitor.page.goto(demo.shop)
            assert visitor.network_id(demo.shop) == shown  # logs nobody out


@pytest.mark.parametrize("name", [one for one in EVERY if one.id not in IN_A_BROWSER_ALONE])
def test_a_sample_takes_no_answer_that_its_browser_did_not_ask_for(street: Street, name: str):
    url, issuer = street.samples.url(name), street.samples.issuer
    forged = {"code": "of-somebody-else", "state": "guessed", "iss": issuer}
    with requests.Session() as there:
        for query in (forged, forged | {"iss": "https://other.example"}, {"state": "x"}, {}):
            answer = there.get(f"{url}/callback", params=query, timeout=30)
            assert 400 <= answer.status_code < 500
            assert 'data-testid="refused"' in answer.text
            assert 'data-testid="network-id"' not in answer.text
        assert 'data-testid="network-id"' not in there.get(url, timeout=30).text


def test_the_page_without_a_server_leaves_nothing_to_find_and_reaches_nobody_else(
    browser: Browser, street: Street
):
    demo = street.demo("spa")
    with visit(browser, demo) as visitor:
        log_in(visitor, demo.shop)
        left = visitor.page.evaluate(
            "() => [localStorage.length, sessionStorage.length, document.cookie, location.href]"
        )
        assert left == [0, 0, "", f"{demo.shop}/"]
        endpoint = f"{demo.issuer}/userinfo"
        read = "at => fetch(at, {headers: {authorization: 'Bearer x'}}).then(one => one.status)"
        assert visitor.page.evaluate(read, endpoint) == 401  # a page of its origin may ask
        refused = "at => fetch(at).then(() => 'went out', () => 'refused')"
        assert visitor.page.evaluate(refused, "http://127.0.0.1:9/") == "refused"
        assert all("violates" in one for one in visitor.complaints)  # its policy told us
        visitor.complaints.clear()
        visitor.page.reload()
        expect(visitor.page.get_by_test_id("login")).to_be_visible()


def test_the_page_takes_no_answer_that_its_tab_did_not_ask_for(browser: Browser, street: Street):
    demo = street.demo("spa")
    with visit(browser, demo) as visitor:
        visitor.page.goto(f"{demo.shop}/callback?code=x&state=y&iss={demo.issuer}")
        expect(visitor.page.get_by_test_id("refused")).to_contain_text("Nobody was logged in")
        visitor.complaints.clear()  # it says so in the console


def test_the_app_of_the_quickstart_logs_in_asks_one_question_and_bears_a_no(
    browser: Browser, street: Street, tmp_path: Path
):
    code = [text for language, text in blocks(ROOT / "docs/quickstart.md") if language == "python"]
    (tmp_path / "app.py").write_text("\n\n".join(code), encoding="utf-8")
    street.samples.start("quickstart", ["uvicorn app:app"], tmp_path)
    demo = street.demo("quickstart")
    with visit(browser, demo) as visitor:
        page = visitor.page
        page.goto(demo.shop)
        page.get_by_text("Log in with network ID").click()
        visitor.choose("adult")
        visitor.allow()
        page.wait_for_url(f"{demo.shop}/")
        found = network_id.parse(page.locator("b").inner_text())
        page.goto(f"{demo.shop}/members")
        expect(page.locator("body")).to_contain_text(network_id.display(found))
        page.goto(f"{demo.shop}/cellar")
        expect(page.get_by_test_id("value-age_over_18")).to_have_text("yes")
        visitor.allow()
        expect(page.locator("body")).to_contain_text("You are over 18.")
        page.goto(demo.shop)
        page.get_by_text("Log out").click()
        page.get_by_text("Log in with network ID").click()
        visitor.deny()
        expect(page.get_by_test_id("refused")).to_contain_text("You said no")


def test_the_registration_of_the_quickstart_is_taken(street: Street):
    (curl,) = [text for _, text in blocks(ROOT / "docs/quickstart.md") if text.startswith("curl")]
    path, document = shlex.split(curl.replace("\\\n", ""))[2], shlex.split(curl)[-1]
    url = path.replace("$NETWORK_ID_ISSUER", street.samples.issuer)
    answer = requests.post(url, json=json.loads(document), timeout=30)
    assert answer.status_code == 201
    assert {"client_id", "client_secret"} <= answer.json().keys()
