"""Header spoofing: what a proxy, or somebody who plays one, says of the address changes nothing.

The issuer is a setting. Were it read from `Host` or `X-Forwarded-Host`, a request could make us
publish, sign, redirect to or accept proofs for an address of the attacker's.
"""

import json
from typing import Final

import pytest

from tests.support import assertions, pushing
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder as KeyHolder
from tests.support.jwt import parts
from tests.support.leaving import AFTER, leaving_platform, logout_url
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider
from tests.support.registering import JSON, ORDINARY

EVIL: Final = "evil.example"
SPOOFED: Final[dict[str, dict[str, str]]] = {
    "Host": {"host": EVIL},
    "Host with a port": {"host": "localhost:8000@evil.example"},
    "X-Forwarded-Host": {"x-forwarded-host": EVIL, "x-forwarded-proto": "https"},
    "X-Forwarded-Proto": {"x-forwarded-proto": "https", "x-forwarded-port": "444"},
    "X-Forwarded-Prefix": {"x-forwarded-prefix": "/evil", "x-script-name": "/evil"},
    "Forwarded": {"forwarded": f"for=1.2.3.4;host={EVIL};proto=https"},
    "X-Original-URL": {"x-original-url": "/account", "x-rewrite-url": "/account"},
    "X-HTTP-Method-Override": {"x-http-method-override": "DELETE", "x-method-override": "DELETE"},
    "X-Forwarded-For": {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"},
    "Origin and Referer": {"origin": f"https://{EVIL}", "referer": f"https://{EVIL}/"},
}
READ: Final = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks",
    "/openapi.json",
    "/",
    "/signin",
    "/signout",
    "/nowhere",
]


def assert_untouched(answer: Answer) -> None:
    shown = answer.text + json.dumps(dict(answer.headers)).replace(f'"{EVIL}"', "")
    assert EVIL not in shown.replace(f"https://{EVIL}/callback", "")
    assert "/evil/" not in shown


@pytest.mark.parametrize("spoofed", SPOOFED)
async def test_what_is_published_and_shown_names_the_issuer_alone(visitor: Browser, spoofed: str):
    for path in READ:
        plain, answer = await visitor.get(path), await visitor.get(path, SPOOFED[spoofed])
        assert answer.status == plain.status, path
        assert_untouched(answer)
        if path.startswith("/."):
            assert answer.body == plain.body
            assert answer.json()["issuer"] == ISSUER


@pytest.mark.parametrize("spoofed", SPOOFED)
async def test_a_sign_in_goes_the_same_way_and_its_cookies_are_the_same(
    provider: Provider, platform: Platform, spoofed: str
):
    browser, headers = provider.browser(), SPOOFED[spoofed]
    answer = await browser.get(platform.address(), headers)
    assert answer.status == 303
    assert answer.location.startswith("/continue?") or answer.location.startswith("/signin?")
    page = await browser.get(answer.location, headers)
    assert_untouched(page)
    for cookie in (*answer.cookies, *page.cookies):
        assert "domain" not in cookie.lower()
    code = await platform.code(browser)
    tokens = (await platform.redeem(code, headers=headers)).json()
    assert parts(tokens["id_token"])[1]["iss"] == ISSUER
    assert parts(tokens["access_token"])[1]["aud"] == ISSUER


@pytest.mark.spec("RFC 9449 §4.3")
@pytest.mark.parametrize("spoofed", SPOOFED)
async def test_a_proof_or_an_assertion_is_for_our_address_whatever_a_header_says(
    provider: Provider, spoofed: str
):
    platform, headers = await assertions.register(provider), SPOOFED[spoofed]
    holder = KeyHolder(platform)
    for address, error in ((f"{ISSUER}/token", "invalid_grant"), (f"https://{EVIL}/token", "")):
        proof = holder.prover.proof("POST", address, provider.clock.now())
        form = assertions.with_assertion(platform, assertions.assertion(platform))
        answer = await platform.at_token_endpoint(form, headers | {"dpop": proof})
        assert answer.json()["error"] == (error or "invalid_dpop_proof")
    for audience in (f"https://{EVIL}", f"https://{EVIL}/token"):
        proof = assertions.assertion(platform, aud=audience)
        form = assertions.with_assertion(platform, proof)
        answer = await platform.at_token_endpoint(form, headers)
        assert answer.json()["error_code"] == "assertion_audience"


@pytest.mark.parametrize("spoofed", SPOOFED)
async def test_what_a_client_is_told_to_come_back_to_is_ours(
    provider: Provider, platform: Platform, spoofed: str
):
    headers = SPOOFED[spoofed]
    body = json.dumps(ORDINARY).encode()
    answer = await provider.browser().post("/register", body=body, headers=JSON | headers)
    assert answer.status == 201
    assert answer.json()["registration_client_uri"].startswith(f"{ISSUER}/register/")
    pushed = await pushing.push(platform, headers)
    assert pushed.json()["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")


@pytest.mark.parametrize("spoofed", SPOOFED)
async def test_the_way_back_from_a_logout_is_the_registered_one(provider: Provider, spoofed: str):
    shop, browser = await leaving_platform(provider), provider.browser()
    hint = (await shop.tokens(browser))["id_token"]
    url = logout_url(hint, post_logout_redirect_uri=f"https://{EVIL}/after")
    assert (await browser.get(url, SPOOFED[spoofed])).status == 400
    answer = await browser.get(logout_url(hint, post_logout_redirect_uri=AFTER), SPOOFED[spoofed])
    assert answer.location.startswith("/signout?logout=")
    page = await browser.get(answer.location, SPOOFED[spoofed])
    assert_untouched(page)
