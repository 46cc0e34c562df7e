"""Tokens for a program itself (RFC 6749 §4.4)."""

import pytest

from tests.support.jwt import parts
from tests.support.provider import ISSUER, Provider
from tests.support.resources import SANDBOX_SCOPE, Api, ask, own_token


@pytest.mark.spec("RFC 6749 §4.4.2")
@pytest.mark.spec("RFC 6749 §4.4.3")
@pytest.mark.spec("RFC 9068 §2.2")
async def test_a_program_gets_a_token_about_itself(provider: Provider):
    api = await Api.offered(provider)
    client = await api.program()
    answer = await own_token(client, scope=api.read)
    assert answer.status == 200
    assert sorted(answer.json()) == ["access_token", "expires_in", "scope", "token_type"]
    claims = parts(answer.json()["access_token"])[1]
    assert (claims["sub"], claims["client_id"]) == (client.client_id, client.client_id)
    assert (claims["aud"], claims["scope"]) == (api.identifier, api.read)
    told = (await ask(api, answer.json()["access_token"])).json()
    assert (told["active"], told["sub"]) == (True, client.client_id)


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "openid records:read"}, "invalid_scope"),
        ({"scope": "age"}, "invalid_scope"),
        ({"scope": "unknown:read"}, "invalid_scope"),
        ({"scope": SANDBOX_SCOPE}, "invalid_scope"),  # not registered
        ({"scope": "READ", "resource": ISSUER}, "invalid_target"),
        ({"scope": "READ", "resource": "https://other.example/api"}, "invalid_target"),
        ({"scope": "WRITE"}, "invalid_scope"),
    ],
)
async def test_nothing_else_is_given(provider: Provider, form: dict[str, str], error: str):
    api = await Api.offered(provider)
    client = await api.program()
    names = {"READ": api.read, "WRITE": api.write}
    answer = await own_token(client, **{n: names.get(v, v) for n, v in form.items()})
    assert (answer.status, answer.json()["error"]) == (400, error)


@pytest.mark.spec("RFC 6749 §5.2")
async def test_a_client_that_did_not_register_for_it_is_refused(provider: Provider):
    api = await Api.offered(provider)
    shop = await api.user()
    answer = await own_token(shop, scope=api.read)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")


async def test_a_client_for_both_gets_nothing_about_people_this_way(provider: Provider):
    api = await Api.offered(provider)
    both = await api.user(grant_types=["authorization_code", "client_credentials"])
    assert (await own_token(both, scope=api.read)).status == 200
    refused = (await own_token(both, scope=f"openid {api.read}")).json()
    assert (refused["error"], refused["error_code"]) == ("invalid_scope", "scope_needs_person")


async def test_it_ends_when_it_is_ended_and_with_its_client(provider: Provider):
    """Given back by the program itself, and by nobody else."""
    api = await Api.offered(provider)
    client = await api.program()
    first = (await own_token(client, scope=api.read)).json()["access_token"]
    second = (await own_token(client, scope=api.read)).json()["access_token"]
    assert (await (await api.program()).revoke(first)).status == 400
    assert (await ask(api, first)).json()["active"] is True
    for _ in range(2):
        assert (await client.revoke(first)).status == 200
    assert (await ask(api, first)).json() == {"active": False}
    assert (await ask(api, second)).json()["active"] is True
    await provider.services.clients.remove(client.client_id)
    assert (await ask(api, second)).json() == {"active": False}
