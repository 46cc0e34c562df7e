"""Redirect URIs that only look right: the code goes nowhere but to a registered address."""

import html
from time import process_time

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

REGISTERED = "https://shop.example/callback"
LOOPBACK = "http://localhost/callback"
V4 = "http://127.0.0.1:8080/callback"
V6 = "http://[::1]/callback"

MANIPULATED = {
    "another host": "https://evil.example/callback",
    "look-alike suffix": "https://shop.example.evil.example/callback",
    "look-alike prefix": "https://evilshop.example/callback",
    "subdomain": "https://www.shop.example/callback",
    "trailing dot": "https://shop.example./callback",
    "user information": "https://shop.example@evil.example/callback",
    "password": "https://shop.example:pass@evil.example/callback",
    "own user information": "https://evil@shop.example/callback",
    "backslash": "https://shop.example\\@evil.example/callback",
    "backslash for slash": "https://evil.example\\.shop.example/callback",
    "encoded host": "https://shop%2eexample/callback",
    "encoded slash": "https://evil.example%2f@shop.example/callback",
    "full-width dot": "https://shop。example/callback",
    "homograph": "https://sh\u043ep.example/callback",
    "upper case": "https://SHOP.example/callback",
    "scheme case": "HTTPS://shop.example/callback",
    "plain http": "http://shop.example/callback",
    "no scheme": "//shop.example/callback",
    "relative": "/callback",
    "javascript": "javascript:alert(1)//https://shop.example/callback",
    "data": "data:text/html,https://shop.example/callback",
    "port": "https://shop.example:8443/callback",
    "default port": "https://shop.example:443/callback",
    "empty port": "https://shop.example:/callback",
    "path below": "https://shop.example/callback/evil",
    "slash behind": "https://shop.example/callback/",
    "traversal": "https://shop.example/callback/../evil",
    "encoded traversal": "https://shop.example/callback/%2e%2e/evil",
    "traversal back": "https://shop.example/evil/../callback",
    "path case": "https://shop.example/Callback",
    "encoded path": "https://shop.example/call%62ack",
    "double encoded": "https%3A%2F%2Fshop.example%2Fcallback",
    "query": "https://shop.example/callback?next=https://evil.example",
    "empty query": "https://shop.example/callback?",
    "fragment": "https://shop.example/callback#evil",
    "empty fragment": "https://shop.example/callback#",
    "encoded fragment": "https://shop.example/callback%23",
    "path parameter": "https://shop.example/callback;evil",
    "two URIs": "https://shop.example/callback https://evil.example/",
    "comma": "https://shop.example/callback,https://evil.example/",
    "leading space": " https://shop.example/callback",
    "trailing space": "https://shop.example/callback ",
    "newline": "https://shop.example/callback\nLocation: https://evil.example",
    "carriage return": "https://shop.example/callback\r\nX: y",
    "tab in host": "https://shop\t.example/callback",
    "very long": "https://shop.example/callback" + "?" + "a" * 4000,
}

LOOPBACK_LOOK_ALIKES = [
    "http://localhost:80@evil.example/callback",
    "http://localhost@evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://evil.localhost/callback",
    "http://localhost:80.evil.example/callback",
    "http://localhost:/callback",
    "http://localhost:123456/callback",
    "http://localhost:80:80/callback",
    "http://localhost:8o/callback",
    "http://localhost:٨٠/callback",
    "http://LOCALHOST/callback",
    "http://localhost\\@evil.example/callback",
    "http://localhost#@evil.example/callback",
    "http://localhost?@evil.example/callback",
    "http://localhost/callback?x",
    "http://localhost/callback/",
    "http://localhost/Callback",
    "http://localhost/callback#",
    "https://localhost/callback",
    "http://127.0.0.1/callback",
    "http://127.1/callback",
    "http://2130706433/callback",
    "http://0x7f.0.0.1/callback",
    "http://127.0.0.2/callback",
    "http://127.0.0.1.nip.example/callback",
    "http://0.0.0.0/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "http://[0:0:0:0:0:0:0:1]/callback",
    "http://[::1]@evil.example/callback",
]


@pytest.mark.spec("RFC 9700 §2.1")
@pytest.mark.spec("RFC 6749 §3.1.2.4")
@pytest.mark.parametrize("manipulation", MANIPULATED)
@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_manipulated_redirect_uri_ends_on_a_page_of_ours(
    platform: Platform, visitor: Browser, manipulation: str, method: str
):
    request = platform.request(redirect_uri=MANIPULATED[manipulation])
    if method == "get":
        answer = await platform.ask(visitor, redirect_uri=MANIPULATED[manipulation])
    else:
        answer = await visitor.follow(await visitor.post("/authorize", request))
    assert (answer.status, answer.error_code()) == (400, "redirect_uri_mismatch")
    assert "location" not in answer.headers


@pytest.mark.spec("RFC 8252 §7.3")
@pytest.mark.parametrize("look_alike", LOOPBACK_LOOK_ALIKES)
async def test_only_the_port_of_a_loopback_address_is_free(
    provider: Provider, visitor: Browser, look_alike: str
):
    native = await Platform.register(
        provider, redirect_uris=[LOOPBACK], token_endpoint_auth_method="none"
    )
    answer = await native.ask(visitor, redirect_uri=look_alike)
    assert (answer.status, answer.error_code()) == (400, "redirect_uri_mismatch")


@pytest.mark.spec("RFC 8252 §7.3")
@pytest.mark.parametrize(
    ("registered", "sent"),
    [
        (LOOPBACK, "http://localhost:51004/callback"),
        (V4, "http://127.0.0.1:65535/callback"),
        (V4, "http://127.0.0.1/callback"),
        (V6, "http://[::1]:1/callback"),
    ],
)
async def test_any_port_of_the_registered_loopback_address_is_right(
    provider: Provider, visitor: Browser, registered: str, sent: str
):
    native = await Platform.register(
        provider, redirect_uris=[registered], token_endpoint_auth_method="none"
    )
    answer = await native.log_in(visitor, redirect_uri=sent)
    assert answer.location.startswith(f"{sent}?code=")


@pytest.mark.parametrize("other", [V4, V6, "http://127.0.0.1:8080/other"])
async def test_another_loopback_address_is_another_address(
    provider: Provider, visitor: Browser, other: str
):
    native = await Platform.register(
        provider, redirect_uris=[LOOPBACK], token_endpoint_auth_method="none"
    )
    assert (await native.ask(visitor, redirect_uri=other)).status == 400


async def test_another_clients_redirect_uri_is_refused(provider: Provider, visitor: Browser):
    one = await Platform.register(provider, redirect_uris=["https://one.example/callback"])
    await Platform.register(provider, redirect_uris=["https://two.example/callback"])
    answer = await one.ask(visitor, redirect_uri="https://two.example/callback")
    assert answer.error_code() == "redirect_uri_mismatch"


async def test_the_page_shows_both_addresses_and_no_link_to_what_was_sent(
    platform: Platform, visitor: Browser
):
    sent = 'https://evil.example/"><script>alert(1)</script>'
    page = await platform.ask(visitor, redirect_uri=sent)
    assert "<script>alert" not in page.text
    assert 'href="https://evil' not in page.text
    shown = html.unescape(page.text.replace("<mark>", "").replace("</mark>", ""))
    assert sent in shown
    assert REGISTERED in shown
    assert "<mark>" in page.text


@pytest.mark.parametrize("missing", [None, ""])
async def test_a_missing_redirect_uri_is_never_guessed(
    platform: Platform, visitor: Browser, missing: str | None
):
    answer = await platform.ask(visitor, redirect_uri=missing)
    assert (answer.status, answer.error_code()) == (400, "redirect_uri_missing")


async def test_a_hostile_redirect_uri_costs_little_time(provider: Provider, visitor: Browser):
    """CVE-2022-36087: a redirect URI on which a parser or a comparison runs for seconds."""
    platform = await Platform.register(
        provider, redirect_uris=["https://shop.example/" + "ab" * 900]
    )
    began = process_time()
    hostiles = ("https://[" + ":" * 1900, "https://shop.example/" + "ba" * 900, "http://" * 300)
    for hostile in hostiles:
        assert (await platform.ask(visitor, redirect_uri=hostile)).status == 400
    assert process_time() - began < 1
