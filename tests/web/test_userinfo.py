"""`/userinfo`: what a live access token may know (OpenID Connect Core 1.0 §5.3)."""

import pytest

from idp.protocol import jose
from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider

AGES = {"age_over_14": True, "age_over_16": True, "age_over_18": True, "age_over_65": False}
ALIVE = 600


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
@pytest.mark.spec("RFC 6750 §2.1")
@pytest.mark.spec("RFC 6750 §2.2")
async def test_the_token_comes_in_the_header_or_in_the_form_of_a_post(
    platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor)
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    answers = [
        await visitor.get("/userinfo", header),
        await visitor.send("POST", "/userinfo", headers=header),
        await visitor.post("/userinfo", {}, headers=header),
        await visitor.post("/userinfo", {"access_token": tokens["access_token"]}),
        await visitor.get("/userinfo", {"authorization": f"bEARER {tokens['access_token']}"}),
    ]
    sub = parts(tokens["id_token"])[1]["sub"]
    for answer in answers:
        assert (answer.status, answer.json()) == (200, {"sub": sub})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.spec("OpenID Connect Core 1.0 §5.4")
async def test_the_scope_age_answers_here_and_not_in_the_id_token(
    platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor, scope="openid age")
    claims = parts(tokens["id_token"])[1]
    assert not AGES.keys() & claims.keys()
    info = (await platform.userinfo(tokens["access_token"])).json()
    assert info == {"sub": claims["sub"]} | AGES


async def test_the_answer_is_the_one_that_was_allowed_even_after_a_birthday(
    provider: Provider, platform: Platform, visitor: Browser
):
    token = (await platform.tokens(visitor, scope="openid age"))["access_token"]
    first = (await platform.userinfo(token)).json()
    provider.clock.advance(ALIVE - 1)
    assert (await platform.userinfo(token)).json() == first


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_the_answer_is_signed_for_clients_that_registered_so(
    provider: Provider, visitor: Browser, alg: str
):
    platform = await Platform.register(provider, userinfo_signed_response_alg=alg)
    tokens = await platform.tokens(visitor, scope="openid age")
    answer = await platform.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"] == "no-store"
    published = jose.PublicKeys((await visitor.get("/jwks")).json())
    typ = str(parts(answer.text)[0]["typ"]).lower()
    found = jose.verify(answer.text, published, algs=(alg,), typs=(typ,)).claims
    sub = parts(tokens["id_token"])[1]["sub"]
    assert found == {"sub": sub, "iss": ISSUER, "aud": platform.client_id} | AGES


@pytest.mark.spec("RFC 6750 §3")
@pytest.mark.spec("RFC 6750 §3.1")
async def test_a_request_without_a_token_is_told_which_way_to_come(visitor: Browser):
    for answer in (
        await visitor.get("/userinfo"),
        await visitor.send("POST", "/userinfo"),
        await visitor.post("/userinfo", {}),
        await visitor.post("/userinfo", {"access_token": ""}),
        await visitor.get("/userinfo", {"authorization": "Basic YTpi"}),
    ):
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer, DPoP algs="ES256 PS256 Ed25519"'
        assert "error" not in answer.json()


@pytest.mark.spec("RFC 6750 §3.1")
@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "a b", "a,b", "=", "A" * 20_000, "..", '"'])
async def test_a_token_that_is_none_is_invalid(visitor: Browser, token: str):
    answer = await visitor.get(
        "/userinfo", {"authorization": "Bearer " + token.encode().decode("latin-1")}
    )
    assert answer.status == 401
    assert answer.json()["error"] == "invalid_token"
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="invalid_token", error_description="')
    assert challenge.isascii()


@pytest.mark.spec("RFC 9068 §4")
async def test_a_token_dies_after_ten_minutes(
    provider: Provider, platform: Platform, visitor: Browser
):
    token = (await platform.tokens(visitor))["access_token"]
    provider.clock.advance(ALIVE - 1)
    assert (await platform.userinfo(token)).status == 200
    provider.clock.advance(1)
    answer = await platform.userinfo(token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")


async def test_the_code_is_no_token_and_an_unredeemed_grant_gives_nothing(
    platform: Platform, visitor: Browser
):
    code = await platform.code(visitor)
    assert (await platform.userinfo(code)).status == 401


async def test_signing_out_at_the_provider_leaves_what_the_platform_was_given(
    platform: Platform, visitor: Browser
):
    """Local for now: platforms keep their own sessions, and their tokens die by themselves."""
    token = (await platform.tokens(visitor))["access_token"]
    await visitor.post("/signout", (await visitor.get("/signout")).form("/signout"))
    assert (await platform.userinfo(token)).status == 200
