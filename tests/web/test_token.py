"""`/token`: what a right request gives, claim by claim."""

import hashlib
import json
from urllib.parse import quote

import pytest

from idp.domain import base64url, network_id
from idp.protocol import jose
from tests.support import assertions, passkeys
from tests.support.browser_like import Browser
from tests.support.jwt import jwks, key, parts, signed
from tests.support.logins import Platform, basic
from tests.support.provider import ISSUER, Provider

LOGOUT = "https://shop.example/backchannel"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.3")
@pytest.mark.spec("RFC 6749 §5.1")
async def test_the_response_holds_both_tokens_and_is_never_cached(
    platform: Platform, visitor: Browser
):
    answer = await platform.redeem(await platform.code(visitor))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "id_token", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "openid")


@pytest.mark.spec("OpenID Connect Core 1.0 §2")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.6")
async def test_the_id_token_says_this_and_no_more(
    provider: Provider, platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor)
    claims = parts(tokens["id_token"])[1]
    now = provider.clock.now()
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    sub = claims.pop("sub")
    assert network_id.parse(sub) == sub
    assert claims == {
        "iss": ISSUER,
        "aud": platform.client_id,
        "iat": now,
        "exp": now + 600,
        "nonce": "a nonce",
        "acr": "urn:network-id:acr:sandbox-persona",
        "at_hash": base64url.encode(half),
    }


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_a_request_without_nonce_gets_none(platform: Platform, visitor: Browser):
    assert "nonce" not in await platform.id_token(visitor, nonce=None)


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.parametrize(("registered", "alg"), [({}, "RS256"), ("ES256", "ES256")])
async def test_the_id_token_is_signed_as_registered_with_a_published_key(
    provider: Provider, visitor: Browser, registered: object, alg: str
):
    metadata = {"id_token_signed_response_alg": registered} if registered else {}
    platform = await Platform.register(provider, **metadata)
    token = (await platform.tokens(visitor))["id_token"]
    header = parts(token)[0]
    assert header == {"alg": alg, "typ": "JWT", "kid": header["kid"]}
    published = jose.PublicKeys((await visitor.get("/jwks")).json())
    assert jose.verify(token, published, algs=(alg,), typs=("jwt",)).claims["iss"] == ISSUER


@pytest.mark.spec("RFC 9068 §2.1")
@pytest.mark.spec("RFC 9068 §2.2")
async def test_the_access_token_says_this_and_no_more(
    provider: Provider, platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor, scope="openid age", resource=ISSUER)
    header, claims = parts(tokens["access_token"])
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": header["kid"]}
    now = provider.clock.now()
    assert len(claims.pop("jti")) >= 22
    assert claims == {
        "iss": ISSUER,
        "sub": parts(tokens["id_token"])[1]["sub"],
        "aud": ISSUER,
        "client_id": platform.client_id,
        "scope": "age openid",
        "iat": now,
        "exp": now + 600,
    }


@pytest.mark.spec("OpenID Connect Core 1.0 §2")
@pytest.mark.parametrize(
    ("metadata", "changes", "told"),
    [
        ({}, {}, False),
        ({}, {"prompt": "login"}, False),
        ({}, {"max_age": "1000"}, True),
        ({}, {"claims": '{"id_token":{"auth_time":{"essential":true}}}'}, True),
        ({}, {"claims": '{"id_token":{"auth_time":null}}'}, True),
        ({"require_auth_time": True}, {}, True),
        ({"default_max_age": 1000}, {}, True),
    ],
)
async def test_auth_time_is_told_only_when_it_was_asked_for(
    provider: Provider,
    visitor: Browser,
    metadata: dict[str, object],
    changes: dict[str, str],
    told: bool,
):
    platform = await Platform.register(provider, **metadata)
    before = provider.clock.now()
    page = await platform.ask(visitor, **changes)
    page = await platform.choose_persona(visitor, page, "adult")
    provider.clock.advance(5)
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    claims = parts((await platform.redeem(code)).json()["id_token"])[1]
    assert claims.get("auth_time") == (before if told else None)


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5")
async def test_a_claim_appears_where_it_was_asked_for(platform: Platform, visitor: Browser):
    asked = {"id_token": {"age_over_18": {"essential": True}}, "userinfo": {"age_over_65": None}}
    tokens = await platform.tokens(visitor, claims=json.dumps(asked))
    claims = parts(tokens["id_token"])[1]
    assert claims["age_over_18"] is True
    assert "age_over_65" not in claims
    info = (await platform.userinfo(tokens["access_token"])).json()
    assert {name: info[name] for name in info if name != "sub"} == {"age_over_65": False}


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5")
async def test_no_is_an_answer_and_not_an_error(platform: Platform, visitor: Browser):
    asked = '{"id_token":{"age_over_18":{"essential":true,"value":true}}}'
    assert (await platform.id_token(visitor, "minor", claims=asked))["age_over_18"] is False


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.1")
async def test_sid_is_per_session_and_client_and_only_for_clients_with_a_logout_uri(
    provider: Provider, visitor: Browser
):
    plain = await Platform.register(provider)
    one, two = [await Platform.register(provider, backchannel_logout_uri=LOGOUT) for _ in range(2)]
    assert "sid" not in await plain.id_token(visitor)
    first, second = [(await one.id_token(visitor))["sid"] for _ in range(2)]
    elsewhere = (await two.id_token(visitor))["sid"]
    another = (await one.id_token(provider.browser()))["sid"]
    page = await one.ask(visitor, prompt="login")
    page = await one.choose_persona(visitor, page, "adult")
    code = (await one.decide(visitor, page, "allow")).location_query["code"]
    later = parts((await one.redeem(code)).json()["id_token"])[1]["sid"]
    assert first == second == later  # signing in again in one browser ends nothing (DECISIONS 51)
    assert len({first, elsewhere, another}) == 3
    assert len(first) == 22  # 128 bits


async def test_a_passkey_is_phishing_resistant_and_says_how(provider: Provider, visitor: Browser):
    platform = await Platform.register(provider)
    await passkeys.enrol(provider, visitor)
    claims = await platform.id_token(visitor)
    assert claims["acr"] == "phr"
    assert claims["amr"] == ["pop", "user", "mfa"]


@pytest.mark.spec("RFC 6749 §2.3.1")
async def test_basic_credentials_are_form_encoded_first(provider: Provider, visitor: Browser):
    document = {"client_name": "Shop", "redirect_uris": ["https://shop.example/callback"]}
    registered = await provider.services.clients.add(document, client_id="shop: 100% + more")
    platform = Platform(provider, registered)
    code = await platform.code(visitor)
    assert quote(platform.client_id) != platform.client_id
    headers = basic(platform.client_id, platform.secret)
    answer = await platform.at_token_endpoint(platform.token_form(code), headers)
    assert answer.status == 200


@pytest.mark.spec("RFC 7523 §2.2")
@pytest.mark.parametrize("alg", ["ES256", "RS256"])
@pytest.mark.parametrize("typ", [None, "JWT", "client-authentication+jwt"])
async def test_an_assertion_proves_a_client(
    provider: Provider, visitor: Browser, alg: str, typ: str | None
):
    signer = key("RS256" if alg == "RS256" else "ES256", "client")
    platform = await assertions.register(provider, jwks=jwks(signer))
    code = await platform.code(visitor)
    proof = signed(signer, assertions.claims(platform), typ=typ)
    form = assertions.with_assertion(platform, proof, code) | {"client_id": platform.client_id}
    assert (await platform.at_token_endpoint(form)).status == 200


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unauthorized_client"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"code": None}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
async def test_a_wrong_request_gets_its_error(
    platform: Platform, visitor: Browser, changes: dict[str, str | None], error: str
):
    code = await platform.code(visitor)
    form = {k: v for k, v in (platform.token_form(code) | changes).items() if v is not None}
    answer = await platform.at_token_endpoint(form, basic(platform.client_id, platform.secret))
    assert (answer.status, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"].isascii()
    assert answer.headers["cache-control"] == "no-store"


async def test_a_public_client_proves_itself_by_pkce(provider: Provider, visitor: Browser):
    platform = await Platform.register(provider, token_endpoint_auth_method="none")
    assert platform.registered.secret is None
    assert (await platform.redeem(await platform.code(visitor))).status == 200


async def test_a_removed_client_gets_nothing_any_more(provider: Provider, visitor: Browser):
    platform = await Platform.register(provider)
    code = await platform.code(visitor)
    token = (await platform.tokens(visitor))["access_token"]
    assert await provider.services.clients.remove(platform.client_id)
    answer = await platform.redeem(code)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert (await platform.userinfo(token)).status == 401
    assert (await platform.ask(visitor)).error_code() == "unknown_client"
