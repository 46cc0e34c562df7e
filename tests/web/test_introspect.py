"""`/introspect`: what a resource server hears of a token (RFC 7662, RFC 9701)."""

from typing import Any

import pytest

from idp.protocol import jose
from tests.support import assertions
from tests.support.browser_like import Browser
from tests.support.dpop import Holder
from tests.support.jwt import parts
from tests.support.logins import Platform, basic
from tests.support.platforms import Holder as Person
from tests.support.provider import ISSUER, Provider
from tests.support.resources import SIGNED, Api, ask


async def token_of(api: Api, visitor: Browser) -> tuple[Platform, dict[str, Any]]:
    shop = await api.user()
    return shop, await shop.tokens(visitor, scope=f"openid {api.read}")


@pytest.mark.spec("RFC 7662 §2.1")
@pytest.mark.spec("RFC 7662 §2.2")
async def test_the_resource_server_hears_this_and_no_more(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    shop, tokens = await token_of(api, visitor)
    claims = parts(tokens["access_token"])[1]
    answer = await ask(api, tokens["access_token"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "active": True,
        "iss": ISSUER,
        "sub": claims["sub"],
        "aud": api.identifier,
        "client_id": shop.client_id,
        "scope": api.read,
        "iat": claims["iat"],
        "exp": claims["exp"],
        "token_type": "Bearer",
    }


@pytest.mark.spec("RFC 9701 §5")
@pytest.mark.parametrize(("registered", "alg"), [(None, "RS256"), ("ES256", "ES256")])
async def test_the_answer_is_signed_for_this_resource_server(
    provider: Provider, visitor: Browser, registered: str | None, alg: str
):
    api = await Api.offered(provider, introspection_signed_response_alg=registered)
    _, tokens = await token_of(api, visitor)
    answer = await ask(api, tokens["access_token"], accept=f"text/html, {SIGNED};q=0.9")
    assert answer.headers["content-type"] == SIGNED
    keys = jose.PublicKeys((await visitor.get("/jwks")).json())
    found = jose.verify(answer.text, keys, algs=(alg,), typs=("token-introspection+jwt",)).claims
    assert found == {
        "iss": ISSUER,
        "aud": api.identifier,
        "iat": provider.clock.now(),
        "token_introspection": {
            "active": True,
            "iss": ISSUER,
            "aud": api.identifier,
            "scope": api.read,
            **{
                name: parts(tokens["access_token"])[1][name]
                for name in ("sub", "client_id", "iat", "exp")
            },
            "token_type": "Bearer",
        },
    }


@pytest.mark.spec("RFC 9701 §4")
@pytest.mark.parametrize("accept", ["*/*", "application/json", f"{SIGNED};q=0", "", ";;,"])
async def test_who_does_not_ask_for_a_signature_gets_json(
    provider: Provider, visitor: Browser, accept: str
):
    api = await Api.offered(provider)
    _, tokens = await token_of(api, visitor)
    answer = await ask(api, tokens["access_token"], accept=accept)
    assert answer.json()["active"] is True


@pytest.mark.spec("RFC 9701 §6")
async def test_who_registered_an_algorithm_gets_nothing_unsigned(provider: Provider):
    api = await Api.offered(provider, introspection_signed_response_alg="RS256")
    answer = await ask(api, "no token", accept="application/json")
    claims = parts(answer.text)[1]
    assert claims["token_introspection"] == {"active": False}


@pytest.mark.spec("RFC 7662 §2.2")
async def test_a_token_that_has_ended_is_inactive(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    shop, tokens = await token_of(api, visitor)
    code = await shop.code(visitor, scope=api.read)
    revoked = (await shop.redeem(code)).json()["access_token"]
    assert (await ask(api, revoked)).json()["active"] is True
    await shop.redeem(code)  # replayed: what it gave has ended
    assert (await ask(api, revoked)).json() == {"active": False}
    provider.clock.advance(599)
    assert (await ask(api, tokens["access_token"])).json()["active"] is True
    provider.clock.advance(1)
    assert (await ask(api, tokens["access_token"])).json() == {"active": False}


async def test_what_a_removed_client_had_is_inactive_at_once(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    shop, tokens = await token_of(api, visitor)
    await provider.services.clients.remove(shop.client_id)
    assert (await ask(api, tokens["access_token"])).json() == {"active": False}


@pytest.mark.spec("RFC 7662 §2.3")
async def test_a_request_that_is_wrong_is_told_so(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    assert (await ask(api, None)).json()["error"] == "invalid_request"
    stranger = await visitor.post("/introspect", {"token": "x"})
    assert (stranger.status, stranger.json()["error"]) == (401, "invalid_client")
    wrong = await ask(api, "x", **basic(api.client_id, "wrong"))
    assert (wrong.status, wrong.json()["error"]) == (401, "invalid_client")
    assert "Basic" in wrong.headers["www-authenticate"]
    assert (await visitor.get("/introspect")).status == 405


async def test_a_public_client_asks_nothing(provider: Provider, visitor: Browser):
    """RFC 7662 §2.1: anybody can name a public client, and would scan for tokens."""
    public = await Platform.register(provider, token_endpoint_auth_method="none")
    answer = await visitor.post("/introspect", {"token": "x", "client_id": public.client_id})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.spec("RFC 7523 §3")
async def test_a_resource_server_may_prove_itself_by_its_key(provider: Provider, visitor: Browser):
    by_key = await assertions.register(provider)  # for its metadata alone
    api = await Api.offered(
        provider,
        token_endpoint_auth_method="private_key_jwt",
        jwks=by_key.registered.client.jwks,
    )
    _, tokens = await token_of(api, visitor)
    form = assertions.with_assertion(api, assertions.assertion(api))
    sent = {n: form[n] for n in ("client_assertion", "client_assertion_type")}
    answer = await visitor.post("/introspect", sent | {"token": tokens["access_token"]})
    assert answer.json()["active"] is True
    again = await visitor.post("/introspect", sent | {"token": tokens["access_token"]})
    assert again.json()["error"] == "invalid_client"


@pytest.mark.spec("RFC 9449 §6.2")
async def test_the_key_that_a_token_is_bound_to_is_passed_on(provider: Provider):
    api = await Api.offered(provider)
    client = await api.program(token_endpoint_auth_method="client_secret_post")
    key = Holder(client)
    form = {
        "grant_type": "client_credentials",
        "scope": api.read,
        "client_id": client.client_id,
        "client_secret": client.secret,
    }
    answer = (await key.redeem(form)).json()
    told = (await ask(api, answer["access_token"])).json()
    assert (answer["token_type"], told["token_type"]) == ("DPoP", "DPoP")
    assert told["cnf"] == {"jkt": key.prover.jkt}


async def test_what_the_person_took_back_is_inactive_at_once(provider: Provider, visitor: Browser):
    """Promise P5: also at an API, and also where nothing was remembered."""
    api = await Api.offered(provider)
    shop, tokens = await token_of(api, visitor)
    assert (await ask(api, tokens["access_token"])).json()["active"] is True
    await Person(provider, visitor).withdraw(shop)
    assert (await ask(api, tokens["access_token"])).json() == {"active": False}
