"""What nobody wants to see: error pages, the page for whoever comes too many, and the reference."""

from collections.abc import Iterator

from playwright.sync_api import Page, Route, expect

from idp.web.busy import Busy
from idp.web.pages import Pages
from tests.support.in_chinese import Fleeting
from tests.support.time import SeededEntropy
from tests.support.visitor import Visitor

LONG = "a-rather-long-path/" * 12


def error_pages(visitor: Visitor) -> Iterator[str]:
    """Pages for requests that cannot be answered; in the sandbox their details are open."""
    page, demo = visitor.page, visitor.demo
    page.goto(f"{demo.issuer}/nowhere")
    yield "error not found"
    page.goto(f"{demo.issuer}/authorize?client_id=nobody")
    yield "error unknown platform"
    visitor.ask(demo.shop, redirect_uri=f"{demo.shop}/callbacK?next=<b>")
    expect(page.get_by_test_id("first-difference")).to_be_visible()
    yield "error redirect mismatch"
    page.reload()  # a look may have left a page in another language, and that is the same page
    # A browser with a window asks nobody before a page copies what a person has pressed.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=demo.issuer)
    copy = page.get_by_test_id("copy")
    copy.click()
    page.get_by_test_id("developer").locator("summary").click()
    page.locator("summary").last.click()
    expect(page.get_by_test_id("report")).to_be_visible()
    yield Fleeting("error as plain text", copy.click)
    visitor.ask(demo.shop, redirect_uri=f"https://shop.example/{LONG}?b=\u202e")
    yield "error long address"
    page.goto(f"{demo.issuer}/signin?interaction=changed")
    yield "error tampered"
    yield from busy(page, demo.issuer)
    page.goto(f"{demo.issuer}/errors")
    yield "error codes"
    page.reload()
    page.locator("summary").first.click()
    yield "error codes of one kind"
    page.locator("a[href$='/errors/redirect_uri_mismatch']").click()
    expect(page.get_by_test_id("all-codes")).to_be_visible()
    yield "error code"


def busy(page: Page, issuer: str) -> Iterator[str]:
    """The ready-made page: a demo is never too busy, so its bytes are put in the place.

    Under 200, since a visitor complains of every 503.
    """
    ready = Busy(
        Pages(issuer=issuer, sandbox=True, entropy=SeededEntropy()), SeededEntropy(), issuer=issuer
    )

    def answer(route: Route) -> None:
        held = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies(issuer))
        headers = {**route.request.headers, "cookie": held}
        sent = [(k.encode(), v.encode()) for k, v in headers.items()]
        head, body = ready.answer("GET", "/signin", sent)
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        route.fulfill(status=200, headers=dict(lines), body=body)

    address = f"{issuer}/signin?busy"
    page.route(address, answer)
    page.goto(address)
    expect(page.get_by_test_id("again")).to_be_visible()
    yield "busy"
    page.unroute(address)
