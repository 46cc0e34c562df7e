"""Open redirects by the newer ways in: pushed, signed, by reference, by form post, on error paths.

An address that is not registered is gone to by none of them, whatever else is wrong with the
request, and no error is told to it (CVE-2026-44681).
"""

from typing import Final

import pytest

from tests.support import pushing, signed_requests
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

EVIL: Final = {
    "another host": "https://evil.example/callback",
    "user information": "https://shop.example@evil.example/callback",
    "encoded authority": "https://shop.example%2f@evil.example/callback",
    "encoded host": "https://shop%2eexample/callback",
    "backslash": "https://shop.example\\@evil.example/callback",
    "backslashes for slashes": "https:\\\\evil.example\\callback",
    "localhost look-alike": "http://localhost.evil.example/callback",
    "localhost as user": "http://localhost:80@evil.example/callback",
    "loopback look-alike": "http://127.0.0.1.evil.example/callback",
    "loopback in decimal": "http://2130706433/callback",
    "twice encoded": "https%253A%252F%252Fevil.example",
    "no scheme": "//evil.example/callback",
    "javascript": "javascript:alert(1)",
    "below": "https://shop.example/callback/../../evil",
    "a query more": "https://shop.example/callback?next=https://evil.example",
    "a fragment": "https://shop.example/callback#@evil.example",
}
# Each would be told to a registered address: so would it be to this one, if that were not looked at
# first.
WRONG: Final[dict[str, dict[str, str | None]]] = {
    "nothing else": {},
    "response_type": {"response_type": "token"},
    "scope": {"scope": None},
    "prompt": {"prompt": "none login"},
    "form_post": {"response_mode": "form_post", "prompt": "none"},
    "no challenge": {"code_challenge": None},
}


def assert_goes_nowhere(answer: Answer) -> None:
    assert answer.status == 400
    assert "location" not in answer.headers
    text = answer.text
    for attribute in ("href", "action", "src"):
        assert f'{attribute}="http' not in text
        assert f'{attribute}="javascript' not in text


@pytest.fixture
async def signing(provider: Provider) -> Platform:
    return await signed_requests.register(provider)


@pytest.mark.spec("RFC 9126 §2.3")
@pytest.mark.parametrize("wrong", WRONG)
async def test_none_is_pushed(signing: Platform, wrong: str):
    for uri in EVIL.values():
        answer = await pushing.push(signing, redirect_uri=uri, **WRONG[wrong])
        assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
        assert answer.json()["error_code"] == "redirect_uri_mismatch"


@pytest.mark.spec("RFC 9101 §6.3")
@pytest.mark.parametrize("wrong", WRONG)
async def test_none_is_signed(signing: Platform, visitor: Browser, wrong: str):
    for uri in EVIL.values():
        made = signed_requests.request_object(signing, None, redirect_uri=uri, **WRONG[wrong])
        outside = {"redirect_uri": signing.redirect_uri}
        for query in ({}, outside):
            answer = await signed_requests.visit(signing, visitor, request=made, **query)
            assert_goes_nowhere(answer)


@pytest.mark.parametrize("wrong", WRONG)
async def test_none_is_posted_to(platform: Platform, visitor: Browser, wrong: str):
    for uri in EVIL.values():
        asked = platform.request(redirect_uri=uri, **WRONG[wrong])
        answer = await visitor.follow(await visitor.post("/authorize", asked))
        assert_goes_nowhere(answer)


async def test_an_unknown_handle_or_a_refused_object_is_told_to_nobody(
    signing: Platform, visitor: Browser
):
    """What stands outside is not believed where it can be the attacker's."""
    for sent in (
        {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
        {"request_uri": "https://evil.example/request.jwt"},
        {"request": "e30.e30.x"},
    ):
        for uri in EVIL.values():
            query = sent | {"redirect_uri": uri, "response_type": "code", "state": "x"}
            answer = await signed_requests.visit(signing, visitor, **query)
            assert_goes_nowhere(answer)


async def test_no_page_of_the_newer_ways_can_be_framed_or_kept(
    platform: Platform, signing: Platform, visitor: Browser
):
    """Clickjacking: the page that posts on, the page that asks about leaving, and their errors."""
    answers = [
        await platform.ask(visitor, response_mode="form_post", prompt="none"),
        await visitor.follow(await visitor.get("/logout")),
        await visitor.get("/logout?id_token_hint=x"),
        await visitor.get("/signout?logout=x"),
        await signed_requests.visit(signing, visitor, request="x"),
        await visitor.get(pushing.address(platform, "urn:ietf:params:oauth:request_uri:x")),
        await visitor.get("/register/x"),
        await visitor.post("/par", {}),
    ]
    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "parameter", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "unknown"]
)
async def test_a_parameter_of_a_logout_stands_once(visitor: Browser, parameter: str):
    twice = f"{parameter}=a&{parameter}=b"
    for answer in (
        await visitor.get(f"/logout?{twice}"),
        await visitor.post("/logout", body=twice.encode()),
    ):
        assert (answer.status, answer.error_code()) == (400, "duplicated_parameter")
