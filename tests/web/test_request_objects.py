"""Request objects at `/authorize` and `/par`, by value and by reference (RFC 9101)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support import assertions, pushing, signed_requests
from tests.support.browser_like import Browser
from tests.support.internet import Internet
from tests.support.jwt import jwks, key
from tests.support.jwt import signed as jwt_of
from tests.support.logins import STATE
from tests.support.provider import Provider, running
from tests.support.signed_requests import TYP, request_object

AT = "https://shop.example/requests/1#sha-256-of-something"


@pytest.mark.parametrize("typ", [TYP, "application/oauth-authz-req+jwt", "JWT", None])
@pytest.mark.spec("RFC 9101 §5", "RFC 9101 §6.3", "OpenID Connect Core 1.0 §6.1")
async def test_a_login_by_a_request_object(provider: Provider, visitor: Browser, typ: str | None):
    platform = await signed_requests.register(provider)
    signed = jwt_of(key(), signed_requests.claims(platform), typ=typ)
    told = (await signed_requests.log_in(platform, visitor, request=signed)).location_query
    assert told["state"] == STATE
    assert (await platform.redeem(told["code"])).status == 200


@pytest.mark.spec("OpenID Connect Core 1.0 §6.1")
async def test_what_an_ordinary_client_need_not_send(provider: Provider, visitor: Browser):
    """As dynamically registered clients of OpenID Connect do: no exp, no jti, the key RS256."""
    rsa = key("RS256")
    platform = await signed_requests.register(provider, jwks=jwks(rsa))
    bare = dict.fromkeys(("iss", "aud", "exp", "nbf", "iat", "jti"))
    request = request_object(platform, rsa, **bare, max_age=1000, claims={"id_token": {}})
    outside = {"response_type": "code", "scope": "openid", "redirect_uri": platform.redirect_uri}
    for _ in range(2):  # without a jti it may be sent again
        told = await signed_requests.log_in(platform, visitor, request=request, **outside)
        assert "code" in told.location_query


async def test_every_step_trusts_what_was_signed_and_nothing_else(
    provider: Provider, visitor: Browser
):
    platform = await signed_requests.register(provider, require_signed_request_object=True)
    request = request_object(platform, scope="openid")
    page = await signed_requests.visit(platform, visitor, request=request, scope="openid age")
    page = await platform.choose_persona(visitor, page, "adult")
    told = await platform.decide(visitor, page, "allow")
    tokens = (await platform.redeem(told.location_query["code"])).json()
    assert tokens["scope"] == "openid"


@pytest.mark.spec("RFC 9101 §10.5")
async def test_who_signs_its_requests_meets_no_other(provider: Provider, visitor: Browser):
    platform = await signed_requests.register(provider, require_signed_request_object=True)
    told = (await platform.ask(visitor)).location_query
    assert (told["error"], told["state"]) == ("invalid_request", STATE)
    answer = await pushing.push(platform)
    assert answer.json()["error_code"] == "request_signature_required"


@pytest.mark.spec("RFC 9126 §3")
@pytest.mark.parametrize("beside", ["client_id", "nothing but a stray state"])
async def test_a_request_object_may_be_pushed(provider: Provider, visitor: Browser, beside: str):
    platform = await signed_requests.register(provider, require_signed_request_object=True)
    form = {"request": request_object(platform), "state": "x"}
    form |= {"client_id": platform.client_id} if beside == "client_id" else {}
    answer = await pushing.push_form(platform, form)
    assert answer.status == 201, answer.text
    told = await pushing.log_in(platform, visitor, answer.json()["request_uri"])
    assert told.location_query["state"] == STATE


async def test_a_pushed_request_object_of_another_client_is_refused(provider: Provider):
    platform, other = [await signed_requests.register(provider) for _ in range(2)]
    answer = await pushing.push_form(platform, {"request": request_object(other)})
    assert (answer.status, answer.json()["error_code"]) == (400, "request_object_client")


async def test_a_client_of_the_strict_profile_pushes_a_complete_one(
    provider: Provider, visitor: Browser
):
    strict = {"security_profile": "fapi2", "id_token_signed_response_alg": "ES256"}
    platform = await assertions.register(provider, **strict)

    async def told(**changes: Any) -> str:
        request = request_object(platform, **changes)
        form = {"client_id": platform.client_id, "request": request}
        answer = await pushing.push_form(platform, form)
        return str(answer.json().get("error_code", answer.status))

    now = provider.clock.now()
    assert await told() == "201"
    assert await told(nbf=now + 8, iat=now + 8) == "201"  # FAPI 2.0 §5.3.2.1: clocks differ
    for name in ("iss", "aud", "exp", "nbf", "jti"):
        assert (await told(**{name: None})).startswith("request_object_")
    assert await told(nbf=now - 3601, exp=now + 60) == "request_object_time"
    assert await told(nbf=now, exp=now + 3601) == "request_object_time"
    rsa = await assertions.register(provider, jwks=jwks(key("RS256")), **strict)
    form = {"client_id": rsa.client_id, "request": request_object(rsa, key("RS256"))}
    proof = assertions.assertion(rsa, key("RS256"))
    assert (await pushing.push_by_assertion(rsa, proof, form)).status == 401


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def internet() -> Internet:
    return Internet()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def abroad(
    tmp_path_factory: pytest.TempPathFactory, internet: Internet
) -> AsyncIterator[Provider]:
    """A provider that reaches an internet of the test's own."""
    async with running(tmp_path_factory.mktemp("abroad"), internet=internet) as started:
        yield started


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.spec("OpenID Connect Core 1.0 §6.2", "RFC 9101 §5.2")
async def test_a_request_object_is_fetched_from_where_it_was_registered(
    abroad: Provider, internet: Internet
):
    platform = await signed_requests.register(abroad, request_uris=[AT])
    signed = request_object(platform).encode()
    internet.serve(AT, signed, content_type="application/oauth-authz-req+jwt")
    told = await signed_requests.log_in(platform, abroad.browser(), request_uri=AT)
    assert told.location_query["state"] == STATE
    assert [asked.url for asked in internet.asked] == [AT.partition("#")[0]]
    assert internet.asked[0].headers["accept"].startswith("application/oauth-authz-req+jwt")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (AT.partition("#")[0], "request_uri_not_registered"),
        (AT + "x", "request_uri_not_registered"),
        ("https://10.0.0.1/", "request_uri_not_registered"),
        ("https://shop.example/gone", "request_uri_failed"),
        ("https://shop.example/page", "request_uri_failed"),
        ("https://shop.example/large", "request_uri_failed"),
        ("https://inside.example/", "request_uri_failed"),
        ("https://shop.example/else", "request_object_refused"),
        ("https://shop.example/bytes", "request_object_refused"),
    ],
)
@pytest.mark.spec("RFC 9101 §10.4.1")
async def test_a_request_uri_that_leads_nowhere(
    abroad: Provider, internet: Internet, uri: str, code: str
):
    paths = ("https://shop.example/gone", "https://shop.example/page", "https://shop.example/else")
    more = ("https://shop.example/large", "https://shop.example/bytes", "https://inside.example/")
    platform = await signed_requests.register(abroad, request_uris=[AT, *paths, *more])
    internet.serve("https://shop.example/page", b"<p>", content_type="text/html")
    internet.serve("https://shop.example/large", b"x" * 20000, content_type="application/jwt")
    internet.serve("https://shop.example/else", b"a.b.c", content_type="application/jwt")
    internet.serve("https://shop.example/bytes", b"\xff.\x00.c", content_type="application/jwt")
    internet.names["inside.example"] = ["127.0.0.1"]
    answer = await signed_requests.visit(platform, abroad.browser(), request_uri=uri)
    assert (answer.status, answer.error_code()) == (400, code)
