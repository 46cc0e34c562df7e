"""A platform that stays connected while the person is away: asked for, and then there."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from playwright.sync_api import expect

from tests.support.visitor import Visitor

VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B


def staying_connected(visitor: Visitor) -> Iterator[str]:
    """Consent to it, the platform's page with it, and the same when it has ended."""
    page, demo = visitor.page, visitor.demo
    address = f"{demo.forum}/callback"  # which knows nothing of it: the code stands in the address
    client_id = demo.add_client(
        client_name="Pocket Garden",
        platform="pocket-garden",
        purpose="To go on looking after your garden while you sleep.",
        alternative="Water the garden by hand.",
        application_type="native",
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
        redirect_uris=[address],
    )["client_id"]
    visitor.forget()
    visitor.ask(
        demo.forum, client_id=client_id, redirect_uri=address, scope="openid age offline_access"
    )
    visitor.choose("rtl")
    expect(page.get_by_test_id("value-offline_access")).to_be_visible()
    yield "consent to stay connected"
    visitor.allow()
    page.wait_for_url(lambda url: url.startswith(address))
    tokens = redeem(visitor, client_id, address)
    page.goto(f"{demo.issuer}/account/platforms")
    page.get_by_test_id("platform-open").filter(has_text="Pocket Garden").click()
    expect(page.get_by_test_id("stays")).to_be_visible()
    yield "platform stays connected"
    send(visitor, "/revoke", client_id=client_id, token=tokens["refresh_token"])
    page.goto(f"{demo.issuer}/account/activity")
    expect(page.get_by_test_id("event-connection_ended").first).to_be_visible()


def redeem(visitor: Visitor, client_id: str, redirect_uri: str) -> dict[str, str]:
    code = parse_qs(urlsplit(visitor.page.url).query)["code"][0]
    found: dict[str, str] = json.loads(
        send(
            visitor,
            "/token",
            grant_type="authorization_code",
            client_id=client_id,
            code=code,
            code_verifier=VERIFIER,
            redirect_uri=redirect_uri,
        )
    )
    return found


def send(visitor: Visitor, path: str, **form: str) -> bytes:
    """Post a form as a program does, not as the browser."""
    with urlopen(f"{visitor.demo.issuer}{path}", urlencode(form).encode()) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body
