"""DPoP keys promised at `/par`: a pushed request's code is worth nothing to who lacks the key."""

import pytest

from tests.support import assertions, pushing
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder
from tests.support.logins import Platform
from tests.support.provider import Provider

STRICT = {"security_profile": "fapi2", "id_token_signed_response_alg": "ES256"}


async def redeem(platform: Platform, code: str, holder: Holder) -> Answer:
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    return await holder.redeem(form)


async def code_for(platform: Platform, browser: Browser, answer: Answer) -> str:
    assert answer.status == 201, answer.text
    back = await pushing.log_in(platform, browser, answer.json()["request_uri"])
    return back.location_query["code"]


@pytest.mark.spec("RFC 9449 §10.1")
@pytest.mark.parametrize("by", ["the proof", "the parameter", "both"])
async def test_a_key_that_was_promised_redeems_the_code_and_no_other_does(
    provider: Provider, visitor: Browser, by: str
):
    platform = await assertions.register(provider, **STRICT)
    holder, thief = Holder(platform), Holder(platform)
    proof = {"dpop": holder.proof("POST", "/par")} if by != "the parameter" else {}
    jkt = holder.prover.jkt if by != "the proof" else None
    pushed = await pushing.push(platform, proof, dpop_jkt=jkt)
    code = await code_for(platform, visitor, pushed)
    stolen = await redeem(platform, code, thief)
    assert (stolen.status, stolen.json()["error_code"]) == (400, "dpop_key_of_code")
    assert (await redeem(platform, code, holder)).status == 200


@pytest.mark.spec("RFC 9449 §10.1")
async def test_a_proof_and_a_parameter_that_disagree_are_refused(provider: Provider):
    platform = await assertions.register(provider, **STRICT)
    holder, other = Holder(platform), Holder(platform)
    headers = {"dpop": holder.proof("POST", "/par")}
    answer = await pushing.push(platform, headers, dpop_jkt=other.prover.jkt)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_code"] == "dpop_jkt_contradicted"
    again = await pushing.push(platform, headers)
    assert again.status == 201, "and the proof was not spent for nothing"


@pytest.mark.spec("RFC 9449 §11.1")
async def test_a_proof_pushes_one_request(provider: Provider):
    platform = await assertions.register(provider, **STRICT)
    headers = {"dpop": Holder(platform).proof("POST", "/par")}
    assert (await pushing.push(platform, headers)).status == 201
    again = await pushing.push(platform, headers)
    assert (again.status, again.json()["error_code"]) == (400, "dpop_proof_replayed")


@pytest.mark.spec("RFC 9449 §10")
async def test_the_browser_cannot_put_another_key_in_place_of_the_promised_one(
    provider: Provider, visitor: Browser
):
    """What stands beside ``request_uri`` in the address does not count (RFC 9126 §4)."""
    platform = await assertions.register(provider, **STRICT)
    holder, thief = Holder(platform), Holder(platform)
    pushed = await pushing.push(platform, {"dpop": holder.proof("POST", "/par")})
    uri = pushed.json()["request_uri"]
    page = await pushing.visit(platform, visitor, uri, dpop_jkt=thief.prover.jkt)
    page = await platform.choose_persona(visitor, page, "adult")
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    assert (await redeem(platform, code, thief)).json()["error_code"] == "dpop_key_of_code"
    assert (await redeem(platform, code, holder)).status == 200


@pytest.mark.spec("RFC 9449 §8.2")
async def test_who_goes_by_nonces_is_given_the_next_one_here_too(
    provider: Provider, visitor: Browser
):
    platform = await assertions.register(provider, **STRICT)
    holder = Holder(platform)
    slow = provider.clock.now() - 3600
    asked = await pushing.push(platform, {"dpop": holder.proof("POST", "/par", iat=slow)})
    assert (asked.status, asked.json()["error"]) == (400, "use_dpop_nonce")
    proof = holder.proof("POST", "/par", nonce=asked.headers["dpop-nonce"], iat=slow)
    pushed = await pushing.push(platform, {"dpop": proof})
    code = await code_for(platform, visitor, pushed)
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    nonce = pushed.headers["dpop-nonce"]
    assert (await holder.redeem(form, nonce=nonce, iat=slow)).status == 200
