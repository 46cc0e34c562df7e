"""`id_token_hint`: only an ID token that we signed for this very client hints at anybody."""

from base64 import b64encode

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import forge, hs256, key, parts, signed, unsigned
from tests.support.logins import Platform
from tests.support.provider import Provider

DAY = 24 * 3600


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_our_own_id_token_is_a_hint_even_when_it_has_expired(
    provider: Provider, platform: Platform, visitor: Browser
):
    hint = (await platform.tokens(visitor, remember=True))["id_token"]
    provider.clock.advance(1800)
    answer = await visitor.get(platform.address(id_token_hint=hint, prompt="none"))
    assert "code" in answer.location_query


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_a_hint_at_somebody_else_gives_no_code(
    provider: Provider, platform: Platform, visitor: Browser
):
    hint = (await platform.tokens(provider.browser(), "elder", remember=True))["id_token"]
    await platform.log_in(visitor, "adult", remember=True)
    answer = await visitor.get(platform.address(id_token_hint=hint, prompt="none"))
    assert answer.location_query["error"] == "login_required"
    page = await platform.ask(visitor, id_token_hint=hint)
    assert page.url.startswith("/signin?")
    wrong = await platform.choose_persona(visitor, page, "adult")
    assert wrong.location_query["error"] == "login_required"


async def test_an_id_token_of_another_client_is_refused(provider: Provider, visitor: Browser):
    """Even of the same platform, where the network ID is the same."""
    for names in ({}, {"platform": "a-common-platform"}):
        one, two = [await Platform.register(provider, **names) for _ in range(2)]
        hint = (await two.tokens(visitor))["id_token"]
        answer = await visitor.get(one.address(id_token_hint=hint))
        assert answer.location_query["error"] == "invalid_request"


@pytest.mark.spec("RFC 8725 §3.1")
async def test_a_forged_hint_is_refused(provider: Provider, platform: Platform, visitor: Browser):
    tokens = await platform.tokens(visitor)
    header, claims = parts(tokens["id_token"])
    ours = {signer.alg: signer for signer in provider.parts.keystore.signers()}
    rsa_text = ours["RS256"].public_jwk["n"].encode()
    ago = provider.clock.now() - DAY
    forged = {
        "access token": tokens["access_token"],
        "none": forge({"alg": "none", "typ": "JWT"}, claims, unsigned),
        "public key as secret": forge(
            {"alg": "HS256", "typ": "JWT", "kid": header["kid"]}, claims, hs256(rsa_text)
        ),
        "client secret": forge(
            {"alg": "HS256", "typ": "JWT"}, claims, hs256(platform.secret.encode())
        ),
        "stranger's key": signed(key("RS256"), claims),
        "stranger's key under our kid": signed(key("RS256"), claims, kid=header["kid"]),
        "stranger's key in the header": signed(
            key("RS256"), claims, jwk=dict(key("RS256").public_jwk)
        ),
        "no type": signed(ours["RS256"], claims, typ=None),
        "another type": signed(ours["RS256"], claims, typ="logout+jwt"),
        "another issuer": signed(ours["RS256"], claims | {"iss": "https://evil.example"}),
        "audience in an array": signed(ours["RS256"], claims | {"aud": [platform.client_id]}),
        "no audience": signed(ours["RS256"], {"iss": provider.issuer, "sub": claims["sub"]}),
        "garbage": "eyJ.eyJ.x",
        "base64": b64encode(b"hint").decode(),
        "long": "a" * 9000,
        "old garbage": signed(key("RS256"), claims | {"iat": ago, "exp": ago}),
    }
    for kind, hint in forged.items():
        answer = await visitor.get(platform.address(id_token_hint=hint))
        assert answer.status == 303, kind
        assert answer.location_query["error"] == "invalid_request", kind


async def test_a_hint_never_signs_anybody_in(platform: Platform, provider: Provider):
    hint = (await platform.tokens(provider.browser(), remember=True))["id_token"]
    page = await platform.ask(provider.browser(), id_token_hint=hint)
    assert page.url.startswith("/signin?")


@pytest.mark.parametrize("claim", ["sub", "aud", "iss"])
async def test_a_signed_hint_with_a_member_of_another_form_is_no_5xx(
    provider: Provider, platform: Platform, visitor: Browser, claim: str
):
    claims = parts((await platform.tokens(visitor))["id_token"])[1]
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "RS256")
    wrongs: list[object] = [None, 7, [], {}, "\ud800"]
    for wrong in wrongs:
        hint = signed(ours, claims | {claim: wrong})
        answer = await platform.ask(visitor, id_token_hint=hint)
        assert answer.status in {200, 303}
        assert "code" not in answer.headers.get("location", "").partition("?")[2].split("=")[0]
