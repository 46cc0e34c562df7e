"""DPoP downgrade: no way to a token without the key, nor with somebody else's."""

from typing import Any

import pytest

from tests.support import assertions
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder
from tests.support.jwt import parts, signed
from tests.support.logins import Platform
from tests.support.provider import Provider

STRICT = {"security_profile": "fapi2", "id_token_signed_response_alg": "ES256"}
ALGS = 'algs="ES256 PS256 Ed25519"'


async def redeemed(platform: Platform, code: str, **headers: str) -> Answer:
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    return await platform.at_token_endpoint(form, headers)


async def bound(provider: Provider, visitor: Browser) -> tuple[Holder, str]:
    platform = await assertions.register(provider)
    holder = Holder(platform)
    code = await platform.code(visitor)
    tokens = await redeemed(platform, code, dpop=holder.proof("POST", "/token"))
    return holder, tokens.json()["access_token"]


@pytest.mark.spec("RFC 9449 §5", "RFC 9449 §6.1", "RFC 9449 §7.1")
async def test_a_token_is_bound_to_the_key_that_it_was_asked_with(
    provider: Provider, visitor: Browser
):
    holder, token = await bound(provider, visitor)
    assert parts(token)[1]["cnf"] == {"jkt": holder.prover.jkt}
    assert (await holder.call(token)).status == 200
    thief = Holder(holder.platform)
    stolen = await thief.call(token)
    assert (stolen.status, stolen.json()["error"]) == (401, "invalid_token")
    assert stolen.headers["www-authenticate"].startswith('DPoP error="invalid_token", ')
    assert stolen.headers["www-authenticate"].endswith(ALGS)


@pytest.mark.spec("RFC 9449 §7.2")
async def test_a_bound_token_is_no_bearer_token(provider: Provider, visitor: Browser):
    holder, token = await bound(provider, visitor)
    header = {"authorization": f"Bearer {token}"}
    proof = {"dpop": holder.proof("GET", "/userinfo", token)}
    answers = [
        await visitor.get("/userinfo", header),
        await visitor.get("/userinfo", header | proof),
        await visitor.post("/userinfo", {"access_token": token}),
        await visitor.post(
            "/userinfo",
            {"access_token": token},
            headers={"dpop": holder.proof("POST", "/userinfo", token)},
        ),
    ]
    for answer in answers:
        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", ')
        assert answer.headers["www-authenticate"].endswith(f", DPoP {ALGS}")


@pytest.mark.spec("RFC 9449 §7.1")
async def test_a_bound_token_without_a_proof_is_refused(provider: Provider, visitor: Browser):
    _, token = await bound(provider, visitor)
    answer = await visitor.get("/userinfo", {"authorization": f"DPoP {token}"})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_dpop_proof")


@pytest.mark.spec("RFC 9449 §7.1")
async def test_an_unbound_token_is_no_dpop_token(
    provider: Provider, platform: Platform, visitor: Browser
):
    token = (await platform.tokens(visitor))["access_token"]
    answer = await Holder(platform).call(token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
    assert (await platform.userinfo(token)).status == 200


@pytest.mark.spec("RFC 9449 §5.2")
@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
@pytest.mark.parametrize(
    "metadata", [{"dpop_bound_access_tokens": True}, STRICT], ids=["by metadata", "fapi2"]
)
async def test_a_client_with_bound_tokens_only_gets_no_others(
    provider: Provider, visitor: Browser, metadata: dict[str, Any]
):
    platform = await assertions.register(provider, **metadata)
    code = await platform.code(visitor)
    without = await redeemed(platform, code)
    assert (without.status, without.json()["error"]) == (400, "invalid_dpop_proof")
    assert without.json()["error_code"] == "dpop_proof_missing"
    with_proof = await redeemed(platform, code, dpop=Holder(platform).proof("POST", "/token"))
    assert (with_proof.status, with_proof.json()["token_type"]) == (200, "DPoP")


@pytest.mark.spec("RFC 9449 §10")
async def test_a_code_is_worth_nothing_without_the_key_that_was_named(
    provider: Provider, visitor: Browser
):
    """A code stolen from the browser, with everything else that a request needs."""
    platform = await assertions.register(provider)
    holder = Holder(platform)
    code = await platform.code(visitor, dpop_jkt=holder.prover.jkt)
    thief = Holder(platform)
    stolen = await redeemed(platform, code, dpop=thief.proof("POST", "/token"))
    assert (stolen.status, stolen.json()["error"]) == (400, "invalid_grant")
    bare = await redeemed(platform, code)
    assert (bare.status, bare.json()["error"]) == (400, "invalid_dpop_proof")
    right = await redeemed(platform, code, dpop=holder.proof("POST", "/token"))
    assert right.status == 200, "and nobody has burnt it"


@pytest.mark.spec("RFC 9449 §10")
@pytest.mark.parametrize("jkt", ["short", "x" * 44, "x" * 43 + "=", "x" * 42 + "!"])
async def test_a_key_that_is_none_is_not_promised(platform: Platform, visitor: Browser, jkt: str):
    answer = await visitor.get(platform.address(dpop_jkt=jkt))
    assert answer.location_query["error"] == "invalid_request"


async def test_the_key_that_was_named_comes_through_the_whole_sign_in(
    platform: Platform, visitor: Browser
):
    """Asked first and answered after sign-in and consent: it was not lost on the way."""
    holder = Holder(platform)
    code = await platform.code(visitor, dpop_jkt=holder.prover.jkt)
    assert (await platform.redeem(code)).json()["error_code"] == "dpop_proof_missing"


@pytest.mark.spec("RFC 9449 §6.1")
async def test_a_binding_that_we_do_not_know_is_not_ignored(provider: Provider, visitor: Browser):
    """Signed by ourselves: a token of a later version, or of one that was rolled back."""
    holder, token = await bound(provider, visitor)
    header, claims = parts(token)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    for cnf in ({}, {"x5t#S256": "x"}, {"jkt": holder.prover.jkt, "x5t#S256": "x"}, None):
        made = signed(ours, claims | {"cnf": cnf}, **header)
        for answer in (await holder.call(made), await holder.platform.userinfo(made)):
            assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
