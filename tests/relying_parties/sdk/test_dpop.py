"""Tokens bound to a key: no downgrade is taken, and no server makes the SDK go in circles."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx2
import network_id as sdk
import pytest
from network_id import ClientKey
from network_id.dpop import Prover
from starlette.responses import JSONResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import ISSUER

KEY = ClientKey.generate()


@pytest.fixture(autouse=True)
def offered(journey: Journey) -> None:
    journey.provider.change_discovery = lambda document: document.update(
        dpop_signing_alg_values_supported=["ES256"],
        userinfo_endpoint=f"{ISSUER}/userinfo",
    )


async def signed_in(journey: Journey) -> tuple[sdk.Platform, sdk.SignIn]:
    journey.provider.change_tokens = lambda tokens: tokens.update(token_type="DPoP")
    platform = await journey.platform(dpop_key=KEY)
    return platform, await journey.sign_in(platform)


@pytest.mark.spec("RFC 9449 §5")
async def test_a_token_that_comes_unbound_is_refused(journey: Journey) -> None:
    platform = await journey.platform(dpop_key=KEY)
    with pytest.raises(sdk.AccessTokenTypeError):
        await journey.sign_in(platform)


NONCE = {"dpop-nonce": "a-nonce"}


@pytest.mark.spec("RFC 9449 §8")
async def test_a_server_that_never_takes_its_own_nonce_is_asked_twice_and_named(
    journey: Journey,
) -> None:
    platform = await journey.platform(dpop_key=KEY)
    refusal = JSONResponse({"error": "use_dpop_nonce"}, 400, NONCE)
    journey.provider.answers["/token"] = refusal
    with pytest.raises(sdk.ProofRefusedError):
        await journey.sign_in(platform)
    assert journey.provider.requests.count("/token") == 2


@pytest.mark.spec("RFC 9449 §9")
async def test_a_resource_that_never_takes_its_own_nonce_is_asked_twice_and_named(
    journey: Journey,
) -> None:
    platform, sign_in = await signed_in(journey)
    headers = {**NONCE, "www-authenticate": 'DPoP error="use_dpop_nonce"'}
    journey.provider.answers["/userinfo"] = Response("", 401, headers)
    with pytest.raises(sdk.AccessTokenRefusedError):
        await platform.userinfo(sign_in)
    assert journey.provider.requests.count("/userinfo") == 2


async def test_a_token_bound_to_another_key_is_not_sent(journey: Journey) -> None:
    _, sign_in = await signed_in(journey)
    others: list[dict[str, Any]] = [{}, {"dpop_key": ClientKey.generate()}]
    for options in others:
        platform = await journey.platform(**options)
        with pytest.raises(sdk.DpopKeyChangedError):
            await platform.userinfo(sign_in)
    assert "/userinfo" not in journey.provider.requests


def read(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in proof.split(".")[:2])
    return header, claims


@pytest.mark.spec("RFC 9449 §4.2")
def test_a_proof_is_for_one_request_and_one_token() -> None:
    prover = Prover(KEY, lambda: 1_767_225_600)
    request = httpx2.Request("POST", "https://id.example/token?a=b#c")
    proofs = [read(prover.proof(request, "a token")) for _ in range(2)]
    header, claims = proofs[0]
    assert header == {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public}
    assert "d" not in header["jwk"]
    assert claims["htm"] == "POST"
    assert claims["htu"] == "https://id.example/token"
    assert claims["iat"] == 1_767_225_600
    digest = hashlib.sha256(b"a token").digest()
    assert claims["ath"] == urlsafe_b64encode(digest).decode().rstrip("=")
    assert proofs[0][1]["jti"] != proofs[1][1]["jti"]


@pytest.mark.spec("RFC 9449 §8.2")
@pytest.mark.parametrize(
    ("nonce", "taken"), [("a", True), ("", False), ("n" * 256, True), ("n" * 257, False)]
)
def test_the_newest_nonce_is_used_unless_it_is_absurd(nonce: str, taken: bool) -> None:
    prover = Prover(KEY, lambda: 0)
    prover.must_repeat(httpx2.Response(200, headers={"dpop-nonce": nonce}))
    _, claims = read(prover.proof(httpx2.Request("GET", "https://id.example/")))
    assert claims.get("nonce") == (nonce if taken else None)
