"""Mix-up: a client that talks to several providers has to notice an answer from the wrong one."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import STATE, Platform
from tests.support.provider import Provider

# Each of these fails after client and redirect URI are known, so that the client is told. A request
# object that does not open tells no redirect URI: then a page is shown, and nobody is redirected.
ERRORS = {
    "unsupported_response_type": {"response_type": "token"},
    "invalid_request": {"code_challenge_method": "plain"},
    "invalid_scope": {"scope": "profile"},
    "registration_not_supported": {"registration": "{}"},
    "login_required": {"prompt": "none"},
    "invalid_target": {"resource": "https://other.example"},
}


@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.spec("RFC 9700 §4.4.2.1")
async def test_a_code_comes_with_the_issuer(
    provider: Provider, platform: Platform, visitor: Browser
):
    answer = await platform.log_in(visitor)
    assert answer.location_query.keys() == {"code", "state", "iss"}
    assert answer.location_query["iss"] == provider.issuer


@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("error", ERRORS)
async def test_an_error_comes_with_the_issuer_and_the_state(
    provider: Provider, platform: Platform, visitor: Browser, error: str
):
    answer = await visitor.get(platform.address(**ERRORS[error]))
    assert answer.status == 303
    assert answer.location.startswith(platform.redirect_uri + "?")
    told = answer.location_query
    assert told.keys() == {"error", "error_description", "error_uri", "state", "iss"}
    assert (told["error"], told["state"], told["iss"]) == (error, STATE, provider.issuer)


@pytest.mark.spec("RFC 9207 §2")
async def test_a_no_comes_with_the_issuer(provider: Provider, platform: Platform, visitor: Browser):
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "adult")
    answer = await platform.decide(visitor, page, "deny")
    assert answer.location_query["error"] == "access_denied"
    assert answer.location_query["iss"] == provider.issuer


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_a_request_without_state_gets_none_back(platform: Platform, visitor: Browser):
    answer = await platform.log_in(visitor, state=None)
    assert answer.location_query.keys() == {"code", "iss"}


@pytest.mark.spec("RFC 6749 §3.1.2")
async def test_the_answer_keeps_the_query_of_the_redirect_uri(provider: Provider, visitor: Browser):
    platform = await Platform.register(
        provider, redirect_uris=["https://shop.example/callback?tenant=a%20b"]
    )
    answer = await platform.log_in(visitor)
    assert answer.location.startswith("https://shop.example/callback?tenant=a%20b&code=")


async def test_state_comes_back_unchanged_whatever_it_holds(platform: Platform, visitor: Browser):
    state = "&iss=https://evil.example&code=x#<script>%00+ ü 网号"
    answer = await platform.log_in(visitor, state=state)
    found = parse_qs(urlsplit(answer.location).query)
    assert found["state"] == [state]
    assert len(found["iss"]) == len(found["code"]) == 1
    assert urlsplit(answer.location).fragment == ""
