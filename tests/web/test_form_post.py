"""`response_mode=form_post`: the answer in a form that the browser sends."""

import pytest

from tests.support import pushing, signed_requests
from tests.support.browser_like import Answer, Browser
from tests.support.logins import REDIRECT_URI, STATE, Platform
from tests.support.provider import ISSUER, Provider
from tests.support.signed_requests import request_object


def directive(answer: Answer, name: str) -> str:
    policy = answer.headers["content-security-policy"].split("; ")
    return next(part for part in policy if part.startswith(name))


@pytest.mark.spec("OAuth 2.0 Form Post Response Mode §2", "RFC 9207 §2")
async def test_a_login_by_form(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor, response_mode="form_post")
    page = await platform.choose_persona(visitor, page, "adult")
    answer = await platform.decide(visitor, page, "allow")
    assert answer.status == 200
    form = answer.form(REDIRECT_URI)
    assert form.keys() == {"code", "state", "iss"}
    assert (form["state"], form["iss"]) == (STATE, ISSUER)
    assert (await platform.redeem(form["code"])).status == 200


@pytest.mark.spec("OAuth 2.0 Form Post Response Mode §2")
async def test_the_page_leads_to_the_platform_and_nowhere_else(
    platform: Platform, visitor: Browser
):
    answer = await platform.ask(visitor, response_mode="form_post", prompt="none")
    assert directive(answer, "form-action") == "form-action https://shop.example"
    assert directive(answer, "default-src") == "default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert 'href="/signout"' not in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
@pytest.mark.spec("OAuth 2.0 Form Post Response Mode §2", "RFC 9207 §2")
async def test_an_error_comes_by_form_too(
    platform: Platform, visitor: Browser, changes: dict[str, str], error: str
):
    answer = await platform.ask(visitor, response_mode="form_post", **changes)
    form = answer.form(REDIRECT_URI)
    assert form.keys() == {"error", "error_description", "error_uri", "state", "iss"}
    assert form["error"] == error


@pytest.mark.parametrize("at", ["sign-in", "consent"])
async def test_a_no_comes_by_form_too(platform: Platform, visitor: Browser, at: str):
    page = await platform.ask(visitor, response_mode="form_post")
    if at == "consent":
        page = await platform.choose_persona(visitor, page, "adult")
        told = await platform.decide(visitor, page, "deny")
    else:
        told = await visitor.get(f"/decline?interaction={page.url.partition('interaction=')[2]}")
    assert told.form(REDIRECT_URI)["error"] == "access_denied"


async def test_in_the_language_that_the_platform_wished(platform: Platform, visitor: Browser):
    answer = await platform.ask(
        visitor, response_mode="form_post", prompt="none", ui_locales="zh-CN"
    )
    assert answer.headers["content-language"] == "zh-Hans"
    assert "Corner Shop" in answer.text


@pytest.mark.parametrize("mode", ["fragment", "jwt", "FORM_POST"])
@pytest.mark.spec("OAuth 2.0 Multiple Response Type Encoding Practices §2.1")
async def test_another_mode_is_refused_by_query(platform: Platform, visitor: Browser, mode: str):
    answer = await platform.ask(visitor, response_mode=mode)
    assert answer.location_query["error"] == "invalid_request"


async def test_no_form_leads_to_an_app(provider: Provider, visitor: Browser):
    platform = await Platform.register(
        provider, redirect_uris=["com.example.app://callback"], application_type="native"
    )
    answer = await platform.ask(visitor, response_mode="form_post")
    assert answer.location.startswith("com.example.app://callback?error=invalid_request&")


async def test_a_form_also_answers_what_was_pushed_or_signed(
    provider: Provider, platform: Platform, visitor: Browser
):
    """And a mode beside it does not count."""
    uri = await pushing.request_uri(platform, response_mode="form_post", prompt="none")
    answer = await pushing.visit(platform, visitor, uri, response_mode="query")
    assert answer.form(REDIRECT_URI)["error"] == "login_required"
    signing = await signed_requests.register(provider)
    request = request_object(signing, prompt="none")
    told = await signed_requests.visit(signing, visitor, request=request, response_mode="form_post")
    assert told.location_query["error"] == "login_required"
