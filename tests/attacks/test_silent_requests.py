"""`prompt=none` never shows a page: it is answered at once, whoever is or is not there."""

import json

import pytest

from idp.protocol import acr
from tests.support.browser_like import Browser
from tests.support.jwt import parts
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


def asked_for(*subs: str) -> str:
    return json.dumps({"id_token": {"sub": {"values": subs}}})


@pytest.mark.spec("OpenID Connect Core 1.0 §17.4")
async def test_whoever_was_taken_a_yes_from_does_not_find_out_who_is_there(
    platform: Platform, visitor: Browser
):
    """By asking for one known network ID after the other, or for half of them each time."""
    tokens = await platform.tokens(visitor)
    known, hint = parts(tokens["id_token"])[1]["sub"], tokens["id_token"]
    somebody = await platform.tokens(platform.provider.browser(), "elder")
    other = parts(somebody["id_token"])[1]["sub"]
    answers = [
        await silently(platform, visitor, **asked)
        for asked in (
            {"id_token_hint": hint},
            {"id_token_hint": somebody["id_token"]},
            {"claims": asked_for(known)},
            {"claims": asked_for(other)},
            {"claims": asked_for(known, other)},
        )
    ]
    assert answers == [answers[0]] * len(answers)
    assert answers[0]["error"] == "login_required"


async def test_whoever_has_no_yes_measures_no_sign_in(
    provider: Provider, platform: Platform, visitor: Browser
):
    """`max_age` by halves would tell the second of a sign-in, and two platforms compare it."""
    await provider.sign_in(visitor)
    provider.clock.advance(100)
    level_of = '{"id_token":{"acr":{"essential":true,"values":["%s"]}}}'
    asked = [{"max_age": age} for age in ("0", "99", "100", "101", "1000000")]
    asked += [{"claims": level_of % level} for level in ("phr", acr.SANDBOX)]
    answers = [await silently(platform, visitor, **one) for one in asked]
    assert answers == [answers[0]] * len(answers)
    by_default = await Platform.register(provider, default_max_age=1000)
    assert (await silently(by_default, visitor))["error"] == "login_required"
    # A yes to the network ID alone is none to the moment.
    await platform.log_in(visitor, remember=True)
    answers += [await silently(platform, visitor, **one) for one in asked[1:4]]
    assert answers == [answers[0]] * len(answers)
