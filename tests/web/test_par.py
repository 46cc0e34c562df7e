"""`/par`: what a client may push, and what a browser gets for the handle (RFC 9126)."""

import pytest

from idp.domain.pushed_request import KEPT_SECONDS, LIFETIME_SECONDS, PREFIX
from tests.support import assertions, pushing
from tests.support.browser_like import Browser
from tests.support.logins import STATE, Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump

FAPI2 = {
    "security_profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "id_token_signed_response_alg": "ES256",
}
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.spec("RFC 9126 §2.1", "RFC 9126 §2.2", "RFC 9126 §4")
async def test_a_login_by_a_pushed_request(provider: Provider, visitor: Browser, method: str):
    platform = await assertions.register(provider, token_endpoint_auth_method=method)
    answer = await pushing.push(platform)
    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expires_in"] == LIFETIME_SECONDS
    uri = answer.json()["request_uri"]
    assert uri.startswith(PREFIX)
    assert len(uri.removeprefix(PREFIX)) == 43  # 256 bits

    told = (await pushing.log_in(platform, visitor, uri)).location_query
    assert told["state"] == STATE
    form = platform.token_form(told["code"])
    if method == "private_key_jwt":
        form = assertions.with_assertion(platform, assertions.assertion(platform), told["code"])
        assert (await platform.at_token_endpoint(form)).status == 200
    else:
        assert (await platform.redeem(told["code"])).status == 200


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"request_uri": PREFIX + "x"}, "pushed_request_nested", "invalid_request"),
        ({"client_id": None}, "client_id_missing", "invalid_request"),
        ({"client_id": "another"}, "client_authentication_failed", "invalid_client"),
        ({"redirect_uri": None}, "redirect_uri_missing", "invalid_request"),
        (
            {"redirect_uri": "https://shop.example/other"},
            "redirect_uri_mismatch",
            "invalid_request",
        ),
        (
            {"response_type": "code id_token"},
            "response_type_unsupported",
            "unsupported_response_type",
        ),
        ({"scope": "unknown"}, "scope_missing", "invalid_scope"),
        (
            {"code_challenge": None, "code_challenge_method": None},
            "pkce_required",
            "invalid_request",
        ),
        ({"code_challenge_method": "plain"}, "pkce_method_unsupported", "invalid_request"),
        ({"prompt": "none login"}, "prompt_contradictory", "invalid_request"),
        ({"claims": "{"}, "claims_malformed", "invalid_request"),
        ({"id_token_hint": "x"}, "id_token_hint_invalid", "invalid_request"),
        ({"state": "x" * 1025}, "parameter_too_long", "invalid_request"),
    ],
)
@pytest.mark.spec("RFC 9126 §2.1", "RFC 9126 §2.3")
async def test_what_authorize_would_refuse_is_refused_when_it_is_pushed(
    platform: Platform, changes: dict[str, str | None], code: str, error: str
):
    before = dump(platform.provider)
    answer = await pushing.push(platform, **changes)
    assert answer.status == (401 if error == "invalid_client" else 400)
    assert (answer.json()["error_code"], answer.json()["error"]) == (code, error)
    assert dump(platform.provider) == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"client_id=a&client_id=a", "duplicated_parameter"),
        (b"redirect_uri=a&redirect_uri=b&client_id=a", "duplicated_parameter"),
        (b"client_id=%ff", "malformed_parameters"),
        (b"client_id=" + b"x" * 100_000, "too_large"),
    ],
)
async def test_a_form_that_two_readers_would_read_differently_is_refused(
    visitor: Browser, body: bytes, code: str
):
    answer = await visitor.post("/par", body=body)
    assert answer.json()["error_code"] == code


@pytest.mark.spec("RFC 9126 §2.3")
async def test_only_post_pushes(visitor: Browser):
    for method in ("GET", "PUT"):
        answer = await visitor.send(method, "/par")
        assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")


async def test_an_unknown_secret_is_refused(platform: Platform):
    answer = await platform.provider.browser().post("/par", platform.request())
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.spec("RFC 9101 §6.3")
async def test_what_stands_outside_a_pushed_request_does_not_count(
    platform: Platform, visitor: Browser
):
    uri = await pushing.request_uri(platform, state=None)
    outside = {"state": "smuggled", "scope": "openid age", "nonce": "x", "prompt": "none"}
    page = await pushing.visit(platform, visitor, uri, **outside)
    page = await platform.choose_persona(visitor, page, "adult")
    told = await platform.decide(visitor, page, "allow")
    assert "state" not in told.location_query
    tokens = (await platform.redeem(told.location_query["code"])).json()
    assert tokens["scope"] == "openid"


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.2")
async def test_a_reload_is_answered_until_there_is_a_code(platform: Platform, visitor: Browser):
    uri = await pushing.request_uri(platform)
    first = await pushing.visit(platform, visitor, uri)
    assert first.url.startswith("/signin?")
    platform.provider.clock.advance(LIFETIME_SECONDS * 3)
    second = await pushing.visit(platform, visitor, uri)
    assert second.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, second, "adult")
    assert page.url.startswith("/consent?")
    page = await pushing.visit(platform, visitor, uri)
    assert page.url.startswith("/consent?")
    assert "code" in (await platform.decide(visitor, page, "allow")).location_query

    again = await pushing.visit(platform, visitor, uri)
    assert (again.status, again.error_code()) == (400, "pushed_request_unknown")
    assert "begun in another browser" in again.text


@pytest.mark.spec("OpenID Connect Core 1.0 §4")
async def test_where_a_sign_in_is_over_the_platform_begins_the_next(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(
        provider, initiate_login_uri="https://shop.example/login?at=1"
    )
    answer = await pushing.visit(platform, visitor, f"{PREFIX}unknown")
    there = 'href="https://shop.example/login?at=1&amp;iss=http%3A%2F%2Flocalhost%3A8000"'
    assert there in answer.text
    plain = await Platform.register(provider)
    page = (await pushing.visit(plain, visitor, f"{PREFIX}x")).text
    assert "begin-again" not in page
    assert "It came in the name of <bdi>" in page  # or nobody knows where to go back to


@pytest.mark.spec("RFC 9126 §2.2")
async def test_it_waits_a_minute_for_the_first_browser(platform: Platform, visitor: Browser):
    uri = await pushing.request_uri(platform)
    platform.provider.clock.advance(LIFETIME_SECONDS - 1)
    in_time = await pushing.request_uri(platform)
    assert (await pushing.visit(platform, visitor, uri)).url.startswith("/signin?")
    platform.provider.clock.advance(LIFETIME_SECONDS)
    late = await pushing.visit(platform, visitor, in_time)
    assert (late.status, late.error_code()) == (400, "pushed_request_expired")


@pytest.mark.parametrize("decide", ["consent", "sign-in"])
async def test_a_no_ends_it(platform: Platform, visitor: Browser, decide: str):
    uri = await pushing.request_uri(platform)
    page = await pushing.visit(platform, visitor, uri)
    if decide == "consent":
        page = await platform.choose_persona(visitor, page, "adult")
        told = await platform.decide(visitor, page, "deny")
    else:
        token = page.url.partition("interaction=")[2]
        told = await visitor.get(f"/decline?interaction={token}")
    assert told.location_query["error"] == "access_denied"
    assert (await pushing.visit(platform, visitor, uri)).error_code() == "pushed_request_unknown"


async def test_a_sign_in_that_took_too_long_can_go_on(platform: Platform, visitor: Browser):
    page = await pushing.visit(platform, visitor, await pushing.request_uri(platform))
    platform.provider.clock.advance(KEPT_SECONDS - 600)
    form = page.form("/signin/persona") | {"persona": "adult"}
    page = await visitor.follow(await visitor.post("/signin/persona", form))
    assert page.status == 400
    there = page.text.partition('href="/continue?interaction=')[2].partition('"')[0]
    page = await visitor.follow(await visitor.get(f"/continue?interaction={there}"))
    told = await platform.decide(visitor, page, "allow")
    assert "code" in told.location_query


async def test_of_two_tabs_one_gives_a_code(platform: Platform, visitor: Browser):
    uri = await pushing.request_uri(platform)
    page = await pushing.visit(platform, visitor, uri)
    one = await platform.choose_persona(visitor, page, "adult")
    two = await pushing.visit(platform, visitor, uri)
    assert "code" in (await platform.decide(visitor, one, "allow")).location_query
    late = await platform.decide(visitor, two, "allow")
    assert (late.status, late.error_code()) == (400, "pushed_request_unknown")


async def test_it_may_be_opened_by_post(platform: Platform, visitor: Browser):
    uri = await pushing.request_uri(platform)
    form = {"client_id": platform.client_id, "request_uri": uri, "state": "outside"}
    answer = await visitor.post("/authorize", form)
    assert answer.location == pushing.address(platform, uri)
    assert (await visitor.follow(answer)).url.startswith("/signin?")


async def test_a_silent_login_uses_it_up(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    uri = await pushing.request_uri(platform)
    assert "code" in (await pushing.visit(platform, visitor, uri)).location_query
    assert (await pushing.visit(platform, visitor, uri)).status == 400


@pytest.mark.parametrize("metadata", [{"require_pushed_authorization_requests": True}, FAPI2])
@pytest.mark.spec("RFC 9126 §6", "FAPI 2.0 Security Profile §5.3.2.2")
async def test_who_is_bound_to_push_has_no_way_around_it(
    provider: Provider, visitor: Browser, metadata: dict[str, object]
):
    platform = await assertions.register(provider, **metadata)
    told = (await visitor.get(platform.address())).location_query
    assert (told["error"], told["state"]) == ("invalid_request", STATE)
    uri = await pushing.request_uri(platform)
    assert "code" in (await pushing.log_in(platform, visitor, uri)).location_query
