"""Tokens bound to a key (RFC 9449): our SDK's proofs hold; whoever lacks the key has nothing."""

import hashlib
from typing import Any

import pytest
from network_id import ClientKey, SignIn
from network_id.tokens import Tokens
from network_id_simulator import base64url

from tests.support.simulator import CLIENT_ID, ISSUER, World

KEY = ClientKey.generate("ES256")
OTHER = ClientKey.generate("ES256")


def proof(world: World, key: ClientKey = KEY, path: str = "/userinfo", **changes: Any) -> str:
    claims = {"htm": "GET", "htu": f"{ISSUER}{path}", "iat": world.clock.now(), "jti": "a"}
    return key.sign({"typ": "dpop+jwt", "jwk": key.public}, {**claims, **changes})


async def sign_in(world: World, **options: Any) -> tuple[SignIn, Tokens]:
    platform = await world.platform(dpop_key=KEY, scope="openid offline_access age", **options)
    url, pending = await platform.begin_sign_in()
    query = (await world.http.get(url)).headers["location"].partition("?")[2]
    signed_in = await platform.finish_sign_in(pending, query)
    tokens, _ = await platform.refresh(signed_in.tokens)  # type: ignore[arg-type]
    assert (await platform.userinfo(tokens)).over(18) is True
    return signed_in, tokens


async def test_the_sdk_proves_its_key_everywhere(world: World):
    _, tokens = await sign_in(world)
    assert tokens.dpop_key == KEY.thumbprint


async def error_code(world: World, token: str, **headers: str) -> str:
    answer = await world.http.get("/userinfo", headers=headers | {"authorization": token})
    assert answer.status_code == 401
    return str(answer.json()["error_code"])


async def test_a_stolen_token_is_worth_nothing_without_the_key(world: World):
    _, tokens = await sign_in(world)
    token = tokens.access_token
    ath = base64url.encode(hashlib.sha256(token.encode()).digest())
    assert await error_code(world, f"Bearer {token}") == "token_under_other_scheme"
    assert await error_code(world, f"DPoP {token}") == "dpop_proof_missing"
    others = proof(world, OTHER, ath=ath)
    assert await error_code(world, f"DPoP {token}", dpop=others) == "dpop_key_of_token"


@pytest.mark.parametrize(
    "changes", [{"htm": "POST"}, {"htu": "https://evil.example/"}, {"iat": 1}, {"ath": "x"}]
)
async def test_a_proof_of_another_request_is_refused(world: World, changes: dict[str, Any]):
    _, tokens = await sign_in(world)
    token = tokens.access_token
    right = {"ath": base64url.encode(hashlib.sha256(token.encode()).digest()), "jti": "b"}
    wrong = proof(world, **{**right, **changes})
    assert await error_code(world, f"DPoP {token}", dpop=wrong) == "dpop_proof_refused"


async def test_a_proof_works_once(world: World):
    _, tokens = await sign_in(world)
    ath = base64url.encode(hashlib.sha256(tokens.access_token.encode()).digest())
    headers = {"authorization": f"DPoP {tokens.access_token}", "dpop": proof(world, ath=ath)}
    assert (await world.http.get("/userinfo", headers=headers)).status_code == 200
    answer = await world.http.get("/userinfo", headers=headers)
    assert answer.json()["error_code"] == "dpop_proof_replayed"


async def test_a_code_is_bound_to_the_key_that_was_named(world: World):
    code = (await world.authorize(dpop_jkt=OTHER.thumbprint)).response["code"]
    assert (await world.redeem(code)).json()["error_code"] == "dpop_proof_missing"


async def test_a_public_clients_refresh_token_is_bound_to_its_key(world: World):
    config = {"client_id": CLIENT_ID, "token_endpoint_auth_method": "none"}
    world.simulator.config.change({"clients": [config]})
    platform = await world.platform(dpop_key=KEY, scope="openid offline_access", public=True)
    url, pending = await platform.begin_sign_in()
    query = (await world.http.get(url)).headers["location"].partition("?")[2]
    tokens = (await platform.finish_sign_in(pending, query)).tokens
    assert tokens
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID}
    form["refresh_token"] = str(tokens.refresh_token)
    assert (await world.http.post("/token", data=form)).json()["error_code"] == "dpop_proof_missing"
