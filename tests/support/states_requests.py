"""Where a request of a platform's can lead: back to it by a form, or to an end."""

from collections.abc import Iterator
from urllib.parse import urlencode

from playwright.sync_api import expect

from idp.domain.pushed_request import PREFIX
from tests.support.states_registration import register
from tests.support.visitor import Visitor

SCRIPT = "**/form_post*.js"


def requests(visitor: Visitor) -> Iterator[str]:
    """The form sends itself, and without its script a button does. Asks nobody who they are."""
    page, demo = visitor.page, visitor.demo
    page.route(SCRIPT, lambda route: route.fulfill(body="", content_type="text/javascript"))
    visitor.ask(demo.shop, response_mode="form_post", prompt="none")
    expect(page.get_by_test_id("form-post")).to_be_enabled()
    yield "form post"
    page.get_by_test_id("form-post").click()
    page.wait_for_url(f"{demo.shop}/callback")
    page.unroute(SCRIPT)
    page.goto(demo.issuer)
    visitor.ask(demo.shop, response_mode="form_post", prompt="none")
    page.wait_for_url(f"{demo.shop}/callback")
    old = urlencode({"client_id": register(visitor), "request_uri": f"{PREFIX}used"})
    page.goto(f"{demo.issuer}/authorize?{old}")
    expect(page.get_by_test_id("begin-again")).to_be_visible()
    yield "error request over"
