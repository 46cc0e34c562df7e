"""Clickjacking and its relatives: what every page and every redirect tells the browser."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from idp.protocol.client_metadata import MetadataRefused
from tests.support import passkeys
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

STATIC = ["/", "/help", "/privacy", "/accessibility", "/signed-out", "/signin", "/create"]


async def every_page(platform: Platform, browser: Browser) -> AsyncIterator[Answer]:
    """Every page there is, in an order in which one person may meet them."""
    for path in STATIC:
        yield await browser.get(path)
    yield await passkeys.begin_enrolment(browser)
    yield await browser.get("/created")
    yield await browser.get("/nowhere")
    yield await browser.send("DELETE", "/signin")
    yield await platform.ask(browser, client_id="nobody")
    yield await platform.ask(browser, redirect_uri="https://evil.example/")
    yield await browser.post("/signin/persona", {"csrf": "x"})
    page = await platform.ask(browser)
    yield page
    passkey = page.form("/signin/passkey") | {"credential": "{}"}
    yield await browser.post("/signin/passkey", passkey)
    interaction = page.form("/signin/persona")["interaction"]
    platform.provider.clock.advance(31 * 60)
    yield await browser.get(f"/signin?interaction={interaction}")
    page = await platform.choose_persona(browser, await platform.ask(browser), "suspended")
    assert page.url.startswith("/suspended?")
    yield page
    page = await platform.ask(browser, prompt="login")
    yield await platform.choose_persona(browser, page, "adult")
    yield await platform.ask(browser, prompt="select_account")
    yield await browser.get("/signout")


@pytest.mark.spec("RFC 6749 §10.13")
@pytest.mark.spec("RFC 9700 §4.16")
@pytest.mark.spec("CSP Level 3 §6.4.2")
async def test_no_page_can_be_framed_cached_or_leaked(platform: Platform, visitor: Browser):
    seen = 0
    async for page in every_page(platform, visitor):
        seen += 1
        told = page.headers
        assert told["content-type"] == "text/html; charset=utf-8", page.url
        parts = told["content-security-policy"].split("; ")
        policy = dict(part.partition(" ")[::2] for part in parts)
        assert policy["frame-ancestors"] == "'none'"
        assert policy["default-src"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert "unsafe" not in told["content-security-policy"]
        assert told["x-frame-options"] == "DENY"
        assert told["cache-control"] == "no-store"
        assert told["referrer-policy"] == "no-referrer"
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-request-id"]
        assert "access-control-allow-origin" not in told
    assert seen == 21


async def test_a_form_may_lead_to_ourselves_and_to_the_asking_client_only(
    platform: Platform, visitor: Browser
):
    """`form-action` is applied by Chromium to the redirect after a POST."""
    async for page in every_page(platform, visitor):
        policy = page.headers["content-security-policy"]
        action = policy.partition("form-action ")[2].partition(";")[0]
        in_a_request = page.url.split("?")[0] in {"/signin", "/consent", "/select-account"}
        assert action in {"'self'", "'self' https://shop.example"}
        if not (in_a_request and "interaction=" in page.url):
            assert "evil" not in action


async def test_a_registered_address_cannot_add_directives(provider: Provider):
    """CSP injection through a redirect URI with `;` in its authority: nobody registers one.

    (`tests/web/test_pages.py` shows that the policy would leave it out all the same.)
    """
    for hostile in ("https://a.example;script-src*/cb", "https://a.example'unsafe-inline'/cb"):
        with pytest.raises(MetadataRefused, match="redirect_uris"):
            await Platform.register(provider, redirect_uris=[hostile])


async def test_scripts_carry_a_nonce_that_is_new_each_time(visitor: Browser):
    nonces = set()
    for _ in range(3):
        page = await visitor.get("/signin")
        nonce = page.headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
        assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce}"')
        assert len(nonce) >= 22
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.spec("RFC 6797 §7.1")
async def test_plain_http_promises_no_strict_transport(visitor: Browser):
    assert "strict-transport-security" not in (await visitor.get("/")).headers


MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


async def test_markup_in_what_is_sent_is_never_markup_on_a_page(
    platform: Platform, visitor: Browser
):
    answers = [
        await platform.ask(visitor, client_id=MARKUP),
        await platform.ask(visitor, redirect_uri=MARKUP),
        await platform.ask(visitor, state=MARKUP, nonce=MARKUP, ui_locales=MARKUP),
        await platform.ask(visitor, **{MARKUP: "x"}),
        await visitor.get(f"/authorize?{quote(MARKUP)}=1&{quote(MARKUP)}=2"),
        await visitor.get(f"/signin?interaction={quote(MARKUP)}"),
        await visitor.get(f"/{quote(MARKUP)}"),
        await visitor.send("GET", "/" + MARKUP.replace("?", "")),
        await visitor.get("/", {"accept-language": MARKUP}),
        await visitor.get("/", {"cookie": f"network_id_language={MARKUP}"}),
        await visitor.post("/signin/persona", {"csrf": MARKUP, "interaction": MARKUP}),
        await visitor.post("/consent", {"interaction": MARKUP, "decision": MARKUP}),
    ]
    for answer in answers:
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


async def test_markup_in_a_registration_is_never_markup_on_a_page(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(
        provider, client_name=MARKUP, purpose=MARKUP, alternative=MARKUP
    )
    page = await platform.ask(visitor)
    consent = await platform.choose_persona(visitor, page, "adult")
    for shown in (page, consent):
        assert "&lt;script&gt;" in shown.text
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text
