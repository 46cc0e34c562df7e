"""The pages of a platform that registered itself, and that nobody has checked."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.support.live_eid import http
from tests.support.visitor import Visitor


def registering(visitor: Visitor) -> Iterator[str]:
    """Sign in to it, be asked, and see it in one's account. Uses nobody up."""
    page, demo = visitor.page, visitor.demo
    client_id = register(visitor)
    visitor.forget()
    visitor.ask(demo.shop, client_id=client_id)
    expect(page.get_by_test_id("unreviewed")).to_be_visible()
    yield "signin unreviewed"
    visitor.choose("rtl")
    expect(page.get_by_test_id("unreviewed")).to_be_visible()
    yield "consent unreviewed"
    visitor.allow(remember=True)
    page.wait_for_url(lambda url: url.startswith(f"{demo.shop}/"))
    page.goto(f"{demo.issuer}/account/platforms")
    page.get_by_test_id("platform-open").filter(has_text="Pop-up").first.click()
    expect(page.get_by_test_id("initiate-login")).to_be_visible()
    yield "platform with a login"
    visitor.forget()


def register(visitor: Visitor) -> str:
    """Register a client as anybody may in the demo; return its id."""
    document = {
        "client_name": "Pop-up Library",
        "redirect_uris": [f"{visitor.demo.shop}/callback"],
        "application_type": "native",
        "initiate_login_uri": "https://library.example/login",
        "purpose": "To lend you one book at a time.",
    }
    with http() as there:
        answer = there.post(f"{visitor.demo.issuer}/register", json=document)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])
