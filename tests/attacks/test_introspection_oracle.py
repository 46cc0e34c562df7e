"""Introspection as an oracle: nobody learns of tokens that are not for them."""

import json

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import parts, signed
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.resources import SIGNED, Api, ask

INACTIVE = json.dumps({"active": False}, separators=(",", ":"))


@pytest.mark.spec("RFC 7662 §4")
async def test_whoever_a_token_is_not_for_hears_what_everybody_hears_of_garbage(
    provider: Provider, visitor: Browser
):
    """Even the client that holds it, and even another API of the same platform."""
    api = await Api.offered(provider)
    shop = await api.user()
    strangers = [
        shop,
        await Platform.register(provider),
        await Api.offered(provider, platform=api.registered.client.platform),
    ]
    live = (await shop.tokens(visitor, scope=f"openid {api.read}"))["access_token"]
    assert (await ask(api, live)).json()["active"] is True
    for stranger in strangers:
        for token in (live, "garbage", "a.b.c"):
            answer = await ask(stranger, token)
            assert (answer.status, answer.text) == (200, INACTIVE)
            told = parts((await ask(stranger, token, accept=SIGNED)).text)[1]
            assert told["token_introspection"] == {"active": False}
            assert told["aud"] in {stranger.client_id, stranger.registered.client.resource}


async def test_only_access_tokens_are_ever_active(provider: Provider, visitor: Browser):
    """A code, an ID token, a signed answer of introspection itself: none is a token for an API."""
    api = await Api.offered(provider)
    shop = await api.user()
    code = await shop.code(visitor, scope=f"openid {api.read}")
    unused = await shop.code(visitor, scope=f"openid {api.read}")
    tokens = (await shop.redeem(code)).json()
    answer = (await ask(api, tokens["access_token"], accept=SIGNED)).text
    for token in (unused, tokens["id_token"], answer, api.secret, api.client_id):
        assert (await ask(api, token)).text == INACTIVE
    for end in (1, 2, len(tokens["access_token"]) // 2, -1):
        assert (await ask(api, tokens["access_token"][:end])).text == INACTIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"client_id": "\ud800"},
        {"sub": "ANOTHERNETWORKID"},
        {"jti": "AAAAAAAAAAAAAAAAAAAAAA.x"},
        {"jti": "no-handle"},
        {"jti": None},
        {"iss": "https://evil.example"},
        {"iat": None},
        {"exp": 0},
    ],
)
async def test_a_claim_that_does_not_go_with_the_grant_makes_it_inactive(
    provider: Provider, visitor: Browser, changes: dict[str, object]
):
    """Signed with our own key, to see that each member is looked at."""
    api = await Api.offered(provider)
    token = (await (await api.user()).tokens(visitor, scope=api.read))["access_token"]
    header, claims = parts(token)
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    made = {name: value for name, value in (claims | changes).items() if value is not None}
    assert (await ask(api, signed(ours, made, **header))).text == INACTIVE


async def test_a_resource_server_that_was_removed_hears_nothing(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    token = (await (await api.user()).tokens(visitor, scope=api.read))["access_token"]
    await provider.services.clients.remove(api.client_id)
    answer = await ask(api, token)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
