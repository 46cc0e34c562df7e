"""Session fixation: a session is born at a sign-in, under a name nobody knew before."""

import hashlib
from pathlib import Path

import pytest

from tests.support import passkeys
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump


def session_name(browser: Browser) -> str:
    return next(name for name in browser.cookies if name.endswith("session"))


@pytest.mark.spec("RFC 6265 §8.4")
async def test_the_cookie_changes_at_every_sign_in(platform: Platform, visitor: Browser):
    seen = []
    for _ in range(3):
        page = await platform.ask(visitor, prompt="login")
        form = page.form("/signin/persona") | {"persona": "adult"}
        await visitor.post("/signin/persona", form)
        seen.append(visitor.cookies[session_name(visitor)])
    assert len(set(seen)) == 3
    assert all(len(value) == 64 for value in seen)


async def test_the_session_before_ends_with_the_next_sign_in(
    provider: Provider, platform: Platform, visitor: Browser
):
    await provider.sign_in(visitor)
    old = dict(visitor.cookies)
    await platform.choose_persona(visitor, await platform.ask(visitor, prompt="login"), "elder")
    thief = provider.browser()
    thief.cookies = old
    page = await platform.ask(thief)
    assert page.url.startswith("/signin?")


@pytest.mark.parametrize("value", ["attacker", "0" * 64, "", "x" * 64, "x" * 65, "é" * 10])
async def test_a_session_cookie_set_by_an_attacker_gains_nothing(
    provider: Provider, platform: Platform, visitor: Browser, value: str
):
    await provider.sign_in(visitor)
    name = session_name(visitor)
    victim = provider.browser()
    victim.cookies[name] = value
    page = await platform.ask(victim)
    assert page.url.startswith("/signin?")
    await platform.choose_persona(victim, page, "adult")
    assert victim.cookies[name] != value

    attacker = provider.browser()
    attacker.cookies[name] = value
    assert (await platform.ask(attacker)).url.startswith("/signin?")
    digest = hashlib.sha256(value.encode()).digest()
    assert digest not in {row[0] for row in dump(provider)["provider.sessions"]}


async def test_a_browser_cookie_set_by_an_attacker_allows_nothing_in_a_signed_in_session(
    provider: Provider, platform: Platform, visitor: Browser
):
    """The form of the consent page is bound to the session, which the attacker cannot know."""
    visitor.cookies = {await browser_cookie(provider): "known to the attacker"}
    attacker = provider.browser()
    attacker.cookies = dict(visitor.cookies)
    await provider.sign_in(visitor)
    page = await platform.ask(visitor)
    await provider.sign_in(attacker)
    theirs = (await platform.ask(attacker)).form("/consent")["csrf"]
    answer = await visitor.post(
        "/consent", page.form("/consent") | {"csrf": theirs, "decision": "allow"}
    )
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")


async def browser_cookie(provider: Provider) -> str:
    browser = provider.browser()
    await browser.get("/signin")
    return next(iter(browser.cookies))


async def test_creating_an_account_is_a_sign_in_too(tmp_path: Path):
    async with running(tmp_path) as own:
        browser = own.browser()
        await own.sign_in(browser)
        before = browser.cookies[session_name(browser)]
        await passkeys.enrol(own, browser)
        assert browser.cookies[session_name(browser)] != before


async def test_signing_out_ends_the_session_on_the_server(
    provider: Provider, platform: Platform, visitor: Browser
):
    await provider.sign_in(visitor)
    stolen = dict(visitor.cookies)
    await visitor.post("/signout", (await visitor.get("/signout")).form("/signout"))
    assert not any(name.endswith("session") for name in visitor.cookies)
    thief = provider.browser()
    thief.cookies = stolen
    assert (await platform.ask(thief)).url.startswith("/signin?")


@pytest.mark.spec("RFC 6265 §4.1.2")
@pytest.mark.parametrize(
    ("issuer", "prefix", "secure"),
    [("https://id.example", "__Host-", True), ("http://localhost:8000", "network_id_", False)],
)
async def test_cookies_are_for_this_server_alone(
    tmp_path: Path, issuer: str, prefix: str, secure: bool
):
    async with running(tmp_path, issuer=issuer, sandbox_issuer=issuer) as provider:
        browser = provider.browser()
        page = await browser.get("/signin")
        answer = await browser.post(
            "/signin/persona", page.form("/signin/persona") | {"persona": "adult"}
        )
        cookies = [*page.cookies, *answer.cookies]
        assert len(cookies) == 2
        for cookie in cookies:
            name, _, attributes = cookie.partition("=")
            given = {part.strip().lower() for part in attributes.split(";")[1:]}
            assert name.startswith(prefix)
            assert given == {"httponly", "path=/", "samesite=lax"} | (
                {"secure"} if secure else set()
            )


async def test_only_digests_of_cookies_are_stored(provider: Provider, visitor: Browser):
    await provider.sign_in(visitor)
    value = visitor.cookies[session_name(visitor)]
    stored = repr(dump(provider))
    assert value not in stored
    assert repr(bytes.fromhex(value)) not in stored
