"""Access tokens for resources (RFC 8707), and requests without a sign-in (plain OAuth 2.0)."""

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider
from tests.support.resources import SANDBOX_SCOPE, Api

SANDBOX = f"{ISSUER}/sandbox/resource"


@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.spec("RFC 9068 §3")
async def test_a_token_is_for_the_resource_and_carries_its_scopes_alone(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    shop = await api.user()
    tokens = await shop.tokens(visitor, scope=f"openid age {api.read}", resource=api.identifier)
    access, ident = parts(tokens["access_token"])[1], parts(tokens["id_token"])[1]
    assert (access["aud"], access["scope"]) == (api.identifier, api.read)
    assert ident["aud"] == shop.client_id
    assert access["sub"] == ident["sub"]
    assert tokens["scope"] == f"openid {api.read}"


async def test_without_resource_the_audience_is_whose_the_scope_is(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    shop = await api.user()
    tokens = await shop.tokens(visitor, scope=f"openid {api.read} {api.write}")
    access = parts(tokens["access_token"])[1]
    assert (access["aud"], access["scope"]) == (api.identifier, f"{api.read} {api.write}")


@pytest.mark.spec("RFC 8707 §2.2")
@pytest.mark.parametrize("named", ["", "/", "https://other.example/api", SANDBOX])
async def test_the_token_endpoint_gives_what_was_granted_and_burns_no_code(
    provider: Provider, visitor: Browser, named: str
):
    api = await Api.offered(provider)
    shop = await api.user()
    code = await shop.code(visitor, scope=f"openid {api.read}", resource=api.identifier)
    wrong = await shop.redeem(
        code, resource=named if ":" in named else api.identifier + named + "x"
    )
    assert (wrong.status, wrong.json()["error"]) == (400, "invalid_target")
    right = await shop.redeem(code, resource=api.identifier)
    assert parts(right.json()["access_token"])[1]["aud"] == api.identifier


@pytest.mark.spec("RFC 8707 §2.2")
async def test_what_openid_gives_is_still_to_be_had_by_naming_the_issuer(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    shop = await api.user()
    code = await shop.code(visitor, scope=f"openid age {api.read}", resource=api.identifier)
    tokens = (await shop.redeem(code, resource=ISSUER)).json()
    access = parts(tokens["access_token"])[1]
    assert (access["aud"], access["scope"]) == (ISSUER, "age openid")
    assert (await shop.userinfo(tokens["access_token"])).json()["age_over_18"] is True


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.spec("RFC 9068 §2.2")
async def test_without_openid_it_is_plain_oauth_and_no_id_token_comes(
    provider: Provider, visitor: Browser
):
    shop = await Platform.register(
        provider, scope=SANDBOX_SCOPE, backchannel_logout_uri="https://shop.example/logout"
    )
    tokens = await shop.tokens(
        visitor, scope=SANDBOX_SCOPE, nonce=None, claims='{"id_token":{"auth_time":null}}'
    )
    assert sorted(tokens) == ["access_token", "expires_in", "scope", "token_type"]
    access = parts(tokens["access_token"])[1]
    assert (access["aud"], access["scope"], len(access["sub"])) == (SANDBOX, SANDBOX_SCOPE, 25)
    assert {"auth_time", "acr", "nonce", "sid"}.isdisjoint(access)


async def test_without_openid_there_is_no_token_for_userinfo(provider: Provider, visitor: Browser):
    shop = await Platform.register(provider, scope=SANDBOX_SCOPE)
    code = await shop.code(visitor, scope=SANDBOX_SCOPE)
    answer = await shop.redeem(code, resource=ISSUER)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_target")


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (None, "invalid_scope"),
        ("age", "invalid_scope"),
        ("profile email", "invalid_scope"),
        ("unknown:scope", "invalid_scope"),
        ("Sandbox:read", "invalid_scope"),
        (f"{SANDBOX_SCOPE} age", "invalid_scope"),
    ],
)
async def test_a_request_for_nothing_known_is_refused(
    provider: Provider, visitor: Browser, scope: str | None, error: str
):
    shop = await Platform.register(provider, scope=f"openid age {SANDBOX_SCOPE}")
    answer = await shop.ask(visitor, scope=scope)
    assert answer.location_query["error"] == error


async def test_a_client_may_use_registered_scopes_only(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    shop = await Platform.register(provider, scope=f"openid {api.read}")
    answer = await shop.ask(visitor, scope=f"openid {api.write}")
    assert answer.location_query["error"] == "invalid_scope"


async def test_the_consent_page_names_the_api_and_what_it_allows(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    shop = await api.user()
    page = await shop.ask(visitor, scope=api.read)
    page = await shop.choose_persona(visitor, page, "adult")
    assert "Read your records" in page.text
    assert api.registered.client.name("") in page.text
    assert "Add to your records" not in page.text
    assert "value-acr" not in page.text  # nobody is told how they signed in
    assert "Not shared" in page.text


async def test_another_scope_is_asked_for_although_one_was_remembered(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    shop = await api.user()
    await shop.code(visitor, scope=api.read, remember=True)
    assert "code" in (await shop.ask(visitor, scope=api.read)).location_query
    page = await shop.ask(visitor, scope=f"{api.read} {api.write}")
    assert "/consent?" in page.url
    assert page.text.count('class="tag"') == 1
