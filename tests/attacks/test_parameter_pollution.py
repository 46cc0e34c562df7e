"""Parameter pollution: two readers of one request must not see two different values."""

from urllib.parse import urlencode

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform, basic
from tests.support.shared_provider import dump

ONCE = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "claims",
    "request",
    "something_unknown",
]


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.parametrize("parameter", ONCE)
@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_parameter_of_the_authorization_request_stands_once(
    platform: Platform, visitor: Browser, parameter: str, method: str
):
    request = platform.request(prompt="login", max_age="1", claims="{}") | {"something_unknown": ""}
    twice = urlencode([*request.items(), (parameter, request.get(parameter, "x"))])
    if parameter not in request:
        twice += f"&{parameter}=y"
    if method == "get":
        answer = await visitor.get(f"/authorize?{twice}")
    else:
        answer = await visitor.post("/authorize", body=twice.encode())
    assert (answer.status, answer.error_code()) == (400, "duplicated_parameter")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "second",
    ["redirect%5Furi=https://evil.example", "redirect_uri=", "redirect_uri", "redirect_uri=x"],
)
async def test_another_spelling_or_an_empty_value_is_a_second_one(
    platform: Platform, visitor: Browser, second: str
):
    answer = await visitor.get(f"{platform.address()}&{second}")
    assert (answer.status, answer.error_code()) == (400, "duplicated_parameter")


@pytest.mark.parametrize("separator", [";", "&amp;", "%26", ","])
async def test_only_an_ampersand_separates(platform: Platform, visitor: Browser, separator: str):
    """Or `state=x;redirect_uri=…` would mean one thing to us and another to a filter before us."""
    answer = await platform.log_in(visitor, state=f"x{separator}redirect_uri=https://evil.example")
    assert answer.location.startswith("https://shop.example/callback?code=")
    assert answer.location_query["state"] == f"x{separator}redirect_uri=https://evil.example"


async def test_a_parameter_in_the_query_of_a_post_is_not_read(platform: Platform, visitor: Browser):
    form = platform.request(redirect_uri=None)
    answer = await visitor.follow(
        await visitor.post("/authorize?redirect_uri=https://shop.example/callback", form)
    )
    assert answer.error_code() == "redirect_uri_missing"


@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.parametrize(
    "parameter",
    ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "foo"],
)
async def test_a_parameter_of_the_token_request_stands_once(
    platform: Platform, visitor: Browser, parameter: str
):
    code = await platform.code(visitor)
    form = platform.token_form(code)
    before = dump(platform.provider)
    twice = urlencode([*form.items(), (parameter, "x"), (parameter, form.get(parameter, "x"))])
    answer = await send(platform, twice)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_code"] == "duplicated_parameter"
    assert dump(platform.provider) == before


@pytest.mark.spec("RFC 6749 §3.2")
async def test_a_code_in_the_query_of_the_token_request_is_not_read(
    platform: Platform, visitor: Browser
):
    code = await platform.code(visitor)
    form = platform.token_form(code)
    del form["code"]
    answer = await visitor.post(
        f"/token?code={code}", form, headers=basic(platform.client_id, platform.secret)
    )
    assert (answer.status, answer.json()["error_code"]) == (400, "code_missing")


@pytest.mark.spec("RFC 6750 §2.3")
@pytest.mark.spec("RFC 9700 §4.3.2")
async def test_an_access_token_in_the_query_is_not_read(platform: Platform, visitor: Browser):
    token = (await platform.tokens(visitor))["access_token"]
    answer = await visitor.get(f"/userinfo?access_token={token}")
    assert (answer.status, answer.json()["error_code"]) == (401, "token_missing")


@pytest.mark.spec("RFC 6750 §2")
async def test_an_access_token_is_sent_in_one_way_only(platform: Platform, visitor: Browser):
    token = (await platform.tokens(visitor))["access_token"]
    answer = await visitor.post(
        "/userinfo", {"access_token": token}, headers={"authorization": f"Bearer {token}"}
    )
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


async def send(platform: Platform, body: str) -> Answer:
    headers = basic(platform.client_id, platform.secret)
    return await platform.provider.browser().post("/token", body=body.encode(), headers=headers)
