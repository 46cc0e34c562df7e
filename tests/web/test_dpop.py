"""DPoP as a client meets it: which way it is told to come, and what a login with it is like."""

import pytest

from tests.support import assertions
from tests.support.browser_like import Browser
from tests.support.dpop import Holder
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import Provider

CHALLENGE = 'DPoP algs="ES256 PS256 Ed25519"'


@pytest.mark.spec("RFC 9449 §5")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_any_client_may_have_its_tokens_bound(
    provider: Provider, visitor: Browser, method: str
):
    platform = await Platform.register(provider, token_endpoint_auth_method=method)
    holder = Holder(platform)
    code = await platform.code(visitor)
    tokens = await platform.redeem(code, headers={"dpop": holder.proof("POST", "/token")})
    assert (tokens.status, tokens.json()["token_type"]) == (200, "DPoP")
    assert "dpop-nonce" not in tokens.headers, "whose clock is right never hears of nonces"
    token = tokens.json()["access_token"]
    answer = await holder.call(token)
    assert answer.json() == {"sub": parts(tokens.json()["id_token"])[1]["sub"]}
    assert "dpop-nonce" not in answer.headers
    scheme = {"authorization": f"dPOP {token}", "dpop": holder.proof("GET", "/userinfo", token)}
    assert (await visitor.get("/userinfo", scheme)).status == 200


async def test_an_unbound_token_says_nothing_of_keys(platform: Platform, visitor: Browser):
    tokens = await platform.tokens(visitor)
    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in parts(tokens["access_token"])[1]


@pytest.mark.spec("RFC 9449 §7.1", "RFC 9449 §7.2")
@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, f"Bearer, {CHALLENGE}"),
        ("Basic YTpi", f"Bearer, {CHALLENGE}"),
        ("DPoP", CHALLENGE),
        ("DPoP x y", CHALLENGE.replace("DPoP ", 'DPoP error="invalid_token", ')),
    ],
)
async def test_a_resource_says_which_way_to_come(
    visitor: Browser, authorization: str | None, challenge: str
):
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await visitor.get("/userinfo", headers)
    assert answer.status == 401
    told = answer.headers["www-authenticate"]
    assert told.replace(' error_description="The access token is not valid.",', "") == challenge


@pytest.mark.spec("RFC 9449 §4.3")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"htm": "PUT"}, "It is for another method."),
        ({"htu": "https://elsewhere.example/token"}, "It is for another address."),
        ({"jti": None}, "It is without a usable jti."),
        ({"iat": "now"}, "It is without a readable iat."),
    ],
)
async def test_an_integrator_is_told_what_a_proof_got_wrong(
    provider: Provider, visitor: Browser, changes: dict[str, object], told: str
):
    platform = await assertions.register(provider)
    form = assertions.with_assertion(platform, assertions.assertion(platform))
    answer = await Holder(platform).redeem(form, **changes)
    assert answer.json()["error_description"] == f"The DPoP proof was refused. {told}"


@pytest.mark.spec("RFC 9449 §8", "RFC 9449 §8.2", "RFC 9449 §9")
async def test_a_client_whose_clock_is_slow_goes_on_by_nonces(provider: Provider, visitor: Browser):
    platform = await assertions.register(provider)
    holder, code = Holder(platform), await platform.code(visitor)
    slow = provider.clock.now() - 86_400

    def form() -> dict[str, str]:
        return assertions.with_assertion(platform, assertions.assertion(platform), code)

    asked = await holder.redeem(form(), iat=slow)
    assert (asked.status, asked.json()["error"]) == (400, "use_dpop_nonce")
    nonce = asked.headers["dpop-nonce"]
    tokens = await holder.redeem(form(), iat=slow, nonce=nonce)
    assert tokens.status == 200, tokens.text
    token = tokens.json()["access_token"]
    answer = await holder.call(token, iat=slow, nonce=tokens.headers["dpop-nonce"])
    assert answer.status == 200
    provider.clock.advance(400)
    stale = await holder.call(token, iat=slow, nonce=answer.headers["dpop-nonce"])
    assert (stale.status, stale.json()["error"]) == (401, "use_dpop_nonce")
    assert stale.headers["www-authenticate"].startswith('DPoP error="use_dpop_nonce", ')
    again = await holder.call(token, iat=slow, nonce=stale.headers["dpop-nonce"])
    assert again.status == 200
