"""`prompt=none` never shows a page: it is answered at once, whoever is or is not there."""

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump


async def silently(platform: Platform, browser: Browser, **changes: str | None) -> dict[str, str]:
    before = dump(platform.provider)
    answer = await browser.get(platform.address(prompt="none", **changes))
    assert answer.status == 303
    assert answer.location.startswith(platform.redirect_uri + "?")
    told = answer.location_query
    if "code" not in told:
        assert dump(platform.provider) == before
    return told


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6")
async def test_nobody_signed_in_is_login_required(platform: Platform, visitor: Browser):
    assert (await silently(platform, visitor))["error"] == "login_required"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6")
async def test_nobody_asked_before_is_consent_required(
    provider: Provider, platform: Platform, visitor: Browser
):
    await provider.sign_in(visitor)
    assert (await silently(platform, visitor))["error"] == "consent_required"


async def test_a_yes_that_was_not_remembered_is_consent_required(
    platform: Platform, visitor: Browser
):
    await platform.log_in(visitor)
    assert (await silently(platform, visitor))["error"] == "consent_required"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_a_remembered_yes_gives_a_code(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    assert "code" in await silently(platform, visitor)


async def test_a_sign_in_that_is_too_old_is_login_required(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True, max_age="1000")
    provider.clock.advance(100)
    assert "code" in await silently(platform, visitor, max_age="101")
    for too_short in ("0", "1", "99"):
        told = await silently(platform, visitor, max_age=too_short)
        assert told["error"] == "login_required"


async def test_a_session_that_ended_is_login_required(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True)
    provider.clock.advance(60 * 60)
    assert (await silently(platform, visitor))["error"] == "login_required"


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_a_sign_in_that_is_too_weak_gives_no_code(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    claims = '{"id_token":{"acr":{"essential":true,"values":["phr"]}}}'
    told = await silently(platform, visitor, claims=claims)
    assert told["error"] in {"login_required", "unmet_authentication_requirements"}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize("other", ["login", "consent", "select_account"])
@pytest.mark.parametrize("signed_in", [True, False])
async def test_none_with_anything_else_is_refused(
    provider: Provider, platform: Platform, visitor: Browser, other: str, signed_in: bool
):
    if signed_in:
        await platform.log_in(visitor, remember=True)
    for prompt in (f"none {other}", f"{other} none"):
        answer = await visitor.get(platform.address(prompt=prompt))
        assert answer.location_query["error"] == "invalid_request"


async def test_a_suspended_person_looks_like_a_stranger(
    provider: Provider, platform: Platform, visitor: Browser
):
    await provider.sign_in(visitor, "suspended")
    told = await silently(platform, visitor)
    stranger = provider.browser()
    assert told == await silently(platform, stranger)


async def test_a_silent_request_by_post_shows_no_page_either(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    stranger = platform.provider.browser()
    for browser, member in ((visitor, "code"), (stranger, "error")):
        first = await browser.post("/authorize", platform.request(prompt="none"))
        answer = await browser.follow(first)
        assert answer.location.startswith(platform.redirect_uri + "?")
        assert member in answer.location_query
