"""Audience injection: an assertion made for another server must not work here (RFC 10070)."""

import pytest

from tests.support import assertions, pushing
from tests.support.browser_like import Browser
from tests.support.dpop import Prover
from tests.support.jwt import jwks, key
from tests.support.provider import ISSUER, Provider

INJECTED = {
    "array of one": [ISSUER],
    "array": [ISSUER, "https://evil.example"],
    "array with us last": ["https://evil.example", ISSUER],
    "trailing slash": ISSUER + "/",
    "prefix": ISSUER[:-1],
    "suffix": ISSUER + ".evil.example",
    "upper case": ISSUER.upper(),
    "another issuer": "https://evil.example",
    "host only": "localhost:8000",
    "authorization endpoint": ISSUER + "/authorize",
    "userinfo endpoint": ISSUER + "/userinfo",
    "pushed request endpoint": ISSUER + "/par",
    "token endpoint and slash": ISSUER + "/token/",
    "token endpoint and query": ISSUER + "/token?x",
    "the client itself": "{client}",
    "object": {ISSUER: ISSUER},
    "number": 1,
    "true": True,
    "empty": "",
    "none": None,
}
STRICT = {"security_profile": "fapi2", "id_token_signed_response_alg": "ES256"}


@pytest.mark.spec("RFC 10070 §4")
@pytest.mark.spec("RFC 7523 §3")
@pytest.mark.parametrize("profile", ["baseline", "fapi2"])
@pytest.mark.parametrize("audience", INJECTED)
async def test_an_audience_that_is_not_just_us_is_refused(
    provider: Provider, visitor: Browser, audience: str, profile: str
):
    platform = await assertions.register(provider, **(STRICT if profile == "fapi2" else {}))
    injected = INJECTED[audience]
    if injected == "{client}":
        injected = platform.client_id
    proof = assertions.assertion(platform, aud=injected)
    code = await platform.code(visitor)
    answer = await platform.at_token_endpoint(assertions.with_assertion(platform, proof, code))
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_code"] == "assertion_audience"
    answer = await pushing.push_by_assertion(platform, proof)
    assert (answer.status, answer.json()["error_code"]) == (401, "assertion_audience")


@pytest.mark.spec("RFC 10070 §4")
@pytest.mark.parametrize("profile", ["baseline", "fapi2"])
async def test_the_issuer_as_a_single_string_is_the_audience(
    provider: Provider, visitor: Browser, profile: str
):
    platform = await assertions.register(provider, **(STRICT if profile == "fapi2" else {}))
    proof = assertions.assertion(platform)
    code = await platform.code(visitor)
    headers = {"dpop": Prover().proof("POST", f"{ISSUER}/token", provider.clock.now())}
    form = assertions.with_assertion(platform, proof, code)
    answer = await platform.at_token_endpoint(form, headers if profile == "fapi2" else None)
    assert answer.status == 200, answer.text


@pytest.mark.spec("OpenID Connect Core 1.0 §9")
async def test_the_token_endpoint_is_an_audience_for_baseline_clients_only(provider: Provider):
    told = {}
    for profile, metadata in {"baseline": {}, "fapi2": STRICT}.items():
        platform = await assertions.register(provider, **metadata)
        proof = assertions.assertion(platform, aud=f"{ISSUER}/token")
        answer = await platform.at_token_endpoint(assertions.with_assertion(platform, proof))
        told[profile] = answer.json()["error"]
    assert told == {"baseline": "invalid_grant", "fapi2": "invalid_client"}


@pytest.mark.spec("FAPI 2.0 Security Profile §5.4.1")
async def test_a_strict_client_does_not_sign_by_rs256(provider: Provider):
    rsa = key("RS256")
    for metadata, error in (({}, "invalid_grant"), (STRICT, "invalid_client")):
        platform = await assertions.register(provider, jwks=jwks(rsa), **metadata)
        proof = assertions.assertion(platform, rsa)
        answer = await platform.at_token_endpoint(assertions.with_assertion(platform, proof))
        assert answer.json()["error"] == error
