"""A client that is configured is held to it; any other is taken as it comes."""

import json
from typing import Any

import pytest
from network_id import ClientKey
from network_id_simulator import base64url, grants
from network_id_simulator.client_authentication import ASSERTION_TYPE
from network_id_simulator.clients import Client, is_registrable

from tests.support.simulator import CLIENT_ID, ISSUER, REDIRECT_URI, World


def configured(world: World, **members: Any) -> None:
    world.simulator.config.change({"clients": [{"client_id": CLIENT_ID, **members}]})


async def error_code(world: World, **form: str) -> str:
    """Return why a token request is refused; ``code_unknown`` is the end of all checks of it."""
    answer = await world.http.post("/token", data={"grant_type": "authorization_code", **form})
    return str(answer.json()["error_code"])


async def test_any_client_is_taken_as_it_comes(world: World):
    assert (await world.sign_in(client_id="whoever")).response["code"]
    assert await error_code(world, client_id="a", code="x") == "code_unknown"
    assert await error_code(world, client_id="a", client_secret="b", code="x") == "code_unknown"
    assert "not configured" in world.simulator.journal.entries("token")[-1].notes[0]


async def test_a_wrong_secret_is_refused(world: World):
    configured(world, client_secret="right")
    form = {"client_id": CLIENT_ID, "code": "x"}
    assert await error_code(world, **form, client_secret="right") == "code_unknown"
    wrong = await error_code(world, **form, client_secret="wrong")
    assert wrong == "client_authentication_failed"
    assert await error_code(world, **form) == "client_authentication_method"


async def test_a_form_without_end_is_refused_before_it_is_kept(world: World):
    assert await error_code(world, client_id="a" * 100_000) == "too_large"
    assert world.simulator.journal.entries()[-1].parameters == {}
    nested = base64url.encode(b"[" * 50_000)
    form = {"client_assertion": f"e30.{nested}.x", "client_assertion_type": ASSERTION_TYPE}
    assert await error_code(world, **form) == "assertion_malformed"


async def test_once_one_is_configured_no_other_is_known(world: World):
    configured(world, client_secret="right")
    assert (await world.authorize(client_id="whoever")).authorize.status_code == 400
    assert await error_code(world, client_id="whoever", code="x") == "client_authentication_failed"


async def test_the_registered_method_is_the_only_one(world: World):
    configured(world, client_secret="s", token_endpoint_auth_method="client_secret_basic")
    form = {"client_id": CLIENT_ID, "client_secret": "s", "grant_type": "authorization_code"}
    answer = (await world.http.post("/token", data=form)).json()
    told = "Registered: client_secret_basic. Sent: client_secret_post."
    assert answer["error_description"].endswith(told)


async def test_an_assertion_is_verified_by_the_configured_key_and_works_once(world: World):
    key = ClientKey.generate("ES256")
    configured(world, jwks=key.jwks)
    platform = await world.platform(private_key=key)
    url, pending = await platform.begin_sign_in()
    query = (await world.http.get(url)).headers["location"].partition("?")[2]
    assert (await platform.finish_sign_in(pending, query)).network_id
    sent = world.simulator.journal.entries("token")[-1].parameters
    again = {name: sent[name] for name in ("client_assertion", "client_assertion_type")}
    assert await error_code(world, code="x", **again) == "assertion_replayed"
    configured(world, jwks=ClientKey.generate("ES256").jwks)
    world.simulator.store.assertions.clear()
    assert await error_code(world, code="x", **again) == "assertion_refused"


async def test_a_pushed_request_works_once_and_for_its_client(world: World):
    answer = await world.http.post("/par", data=world.asked())
    uri = answer.json()["request_uri"]
    other = await world.http.get("/authorize", params={"client_id": "b", "request_uri": uri})
    assert other.status_code == 400
    params = {"client_id": CLIENT_ID, "request_uri": uri}
    assert "code=" in (await world.http.get("/authorize", params=params)).headers["location"]
    assert (await world.http.get("/authorize", params=params)).status_code == 400


async def test_a_pushed_request_is_over_after_a_minute(world: World):
    uri = (await world.http.post("/par", data=world.asked())).json()["request_uri"]
    world.clock.advance(60)
    params = {"client_id": CLIENT_ID, "request_uri": uri}
    assert (await world.http.get("/authorize", params=params)).status_code == 400


async def test_a_code_works_once_for_a_minute_at_its_client(world: World):
    code = (await world.authorize()).response["code"]
    other = await world.redeem(code, client_id="another")
    assert other.json()["error"] == "invalid_client"
    assert (await world.redeem(code)).status_code == 200
    assert (await world.redeem(code)).json()["error_code"] == "code_replayed"
    late = (await world.authorize()).response["code"]
    world.clock.advance(60)
    assert (await world.redeem(late)).json()["error_code"] == "code_expired"


async def refresh(world: World, token: str) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID}
    return dict((await world.http.post("/token", data=form)).json())


async def test_refresh_tokens_rotate_and_an_old_one_ends_all(world: World):
    first = (await world.sign_in(scope="openid offline_access")).tokens["refresh_token"]
    second = (await refresh(world, first))["refresh_token"]
    assert (await refresh(world, first))["refresh_token"] == second  # within the grace time
    world.clock.advance(10)
    assert (await refresh(world, first))["error_code"] == "refresh_token_reused"
    assert (await refresh(world, second))["error_code"] == "refresh_token_revoked"


async def test_a_revoked_token_ends_its_sign_in(world: World):
    tokens = (await world.sign_in(scope="openid offline_access")).tokens
    form = {"client_id": CLIENT_ID, "token": tokens["refresh_token"]}
    assert (await world.http.post("/revoke", data=form)).status_code == 200
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await world.http.get("/userinfo", headers=bearer)).status_code == 401


async def test_each_client_sees_another_network_id(world: World):
    one = (await world.sign_in()).claims["sub"]
    world.simulator.config.change({"clients": [{"client_id": "another"}]})
    seen = await world.authorize(client_id="another")
    form = {"grant_type": "authorization_code", "client_id": "another"}
    form |= {"code": seen.response["code"], "redirect_uri": REDIRECT_URI}
    form |= {"code_verifier": "a-verifier-of-the-tests-0123456789-0123456789"}
    tokens = (await world.http.post("/token", data=form)).json()
    other = world.simulator.network_id("another", "adult")
    assert one != other
    assert tokens["id_token"]


async def test_a_client_may_register_es256(world: World):
    configured(world, client_secret="a-secret", id_token_signed_response_alg="ES256")
    seen = await world.sign_in()
    assert seen.header["alg"] == "ES256"
    assert await world.verifies(seen.id_token)


@pytest.mark.parametrize("uri", ["https://a.example/cb", "http://127.0.0.1:5/cb", "app.one:/cb"])
def test_what_the_provider_would_register_is_accepted(uri: str):
    assert is_registrable(uri)


@pytest.mark.parametrize(
    "uri",
    ["http://a.example/cb", "https://a.example/#x", "https://u@a.example/", "javascript:x", "/cb"],
)
def test_what_it_would_not_is_refused(uri: str):
    assert not is_registrable(uri)


def test_a_loopback_address_may_have_any_port():
    client = Client(client_id="a", redirect_uris=("http://127.0.0.1/cb",))
    assert client.may_redirect_to("http://127.0.0.1:49152/cb")
    assert not client.may_redirect_to("http://localhost:49152/cb")
    assert not client.may_redirect_to("http://127.0.0.1:49152/cb2")


async def test_a_sign_out_leads_back_and_tells_the_platform(world: World):
    configured(
        world,
        client_secret="a-secret",
        backchannel_logout_uri="https://shop.example/backchannel-logout",
        post_logout_redirect_uris=["https://shop.example/bye"],
    )
    seen = await world.sign_in()
    params = {"id_token_hint": seen.id_token, "state": "s"}
    params["post_logout_redirect_uri"] = "https://shop.example/bye"
    answer = await world.http.get("/logout", params=params)
    assert answer.headers["location"] == "https://shop.example/bye?state=s"
    assert len(world.logout_tokens) == 1
    params["post_logout_redirect_uri"] = "https://evil.example/"
    assert (await world.http.get("/logout", params=params)).status_code == 400
    forged = seen.id_token[:-4] + ("AAAA" if not seen.id_token.endswith("AAAA") else "BBBB")
    params = {"id_token_hint": forged, "post_logout_redirect_uri": "https://shop.example/bye"}
    assert (await world.http.get("/logout", params=params)).status_code == 400


async def test_a_page_without_a_server_may_ask_from_another_origin(world: World):
    origin = {"origin": "https://spa.example", "access-control-request-method": "POST"}
    preflight = await world.http.options("/token", headers=origin)
    assert preflight.headers["access-control-allow-origin"] == "*"
    answer = await world.http.get(
        "/.well-known/openid-configuration", headers={"origin": "https://spa.example"}
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.content)["issuer"] == ISSUER


def test_a_long_run_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grants, "MOST", 3)
    kept: grants.Recent[int, int] = grants.Recent()
    for number in range(10):
        kept[number] = number
    assert list(kept) == [7, 8, 9]
