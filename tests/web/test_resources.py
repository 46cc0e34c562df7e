"""Access tokens for resources (RFC 8707), and requests without a sign-in (plain OAuth 2.0)."""

from typing import Any

import pytest

from idp.protocol.client_metadata import MetadataRefused
from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.platforms import Holder
from tests.support.provider import ISSUER, Provider
from tests.support.refreshing import connect
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


async def test_the_person_reads_later_what_they_allowed_and_where(
    provider: Provider, visitor: Browser
):
    """On the page, in the receipt, and still when the API has left."""
    api = await Api.offered(provider)
    shop, holder = await api.user(), Holder(provider, visitor)
    await shop.code(visitor, scope=f"openid {api.read}", remember=True)
    page, name = (await holder.page(shop)).text, api.registered.client.name("")
    assert "Read your records" in page
    assert f"<bdi>{name}</bdi> then sees the network ID above" in page
    record = (await holder.receipt(shop))["receipt"]["consent_record"]
    told = record["pii_processing"]["purposes"][0]["pii_information"]
    assert f"{name} ({api.identifier}): Read your records" in [one["pii_type"] for one in told]

    await provider.services.clients.remove(api.client_id)
    page = (await holder.page(shop)).text
    assert "Read your records" in page
    assert "This is not offered any more" in page


async def test_what_allows_something_else_by_now_is_asked_again(
    provider: Provider, visitor: Browser
):
    """The name of a scope is nothing that a person reads; the words are."""
    api = await Api.offered(provider)
    shop = await api.user()
    await shop.code(visitor, scope=api.read, remember=True)
    await provider.services.clients.remove(api.client_id)
    again = {"resource": api.identifier, "client_name": "Records"}
    words = {api.read: "Read your records", f"{api.read}#fr": "Lire vos dossiers"}
    same = await Api.offered(provider, resource_scopes=words, **again)
    assert "code" in (await shop.ask(visitor, scope=api.read)).location_query
    await provider.services.clients.remove(same.client_id)
    await Api.offered(provider, resource_scopes={api.read: "Sell your records"}, **again)
    assert "/consent?" in (await shop.ask(visitor, scope=api.read)).url


async def test_a_consent_and_a_first_party_login_never_stretch_to_a_scope(
    provider: Provider, visitor: Browser
):
    """An own service of a platform borrows a yes for the network ID alone (DECISIONS 33)."""
    api = await Api.offered(provider)
    common = {"platform": "town", "first_party": True, "scope": f"openid {api.read}"}
    one = await Platform.register(provider, **common)
    other = await Platform.register(provider, **common)
    await one.code(visitor, scope=f"openid {api.read}", remember=True)
    assert "code" in (await other.ask(visitor, scope="openid")).location_query
    assert "/consent?" in (await other.ask(visitor, scope=f"openid {api.read}")).url
    assert "/consent?" in (await other.ask(visitor, scope=api.read)).url


async def test_who_allowed_it_without_a_sign_in_is_asked_before_one_is_told_of(
    provider: Provider, visitor: Browser
):
    """Promise P5: how somebody signed in stood on no page yet. The other way about, it did."""
    shop = await Platform.register(provider, scope=f"openid {SANDBOX_SCOPE}")
    holder = Holder(provider, visitor)
    await shop.code(visitor, scope=SANDBOX_SCOPE, remember=True)
    assert "How you signed in" not in (await holder.page(shop)).text
    page = await shop.ask(visitor, scope=f"openid {SANDBOX_SCOPE}")
    assert "/consent?" in page.url
    assert page.text.count('class="tag"') == 1
    await shop.decide(visitor, page, "allow", remember=True)
    assert "How you signed in" in (await holder.page(shop)).text
    assert "code" in (await shop.ask(visitor, scope=SANDBOX_SCOPE)).location_query


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resource": ISSUER}, "taken"),
        ({"resource": f"{ISSUER}/userinfo"}, "taken"),
        ({"resource": SANDBOX}, "taken"),
        ({"resource_scopes": {SANDBOX_SCOPE: "Read"}}, "another resource has or had sandbox:read"),
        ({"scope": "nobody:has-this", "grant_types": ["client_credentials"]}, "no resource has"),
    ],
)
async def test_the_registry_refuses_what_is_another_s_or_nobody_s(
    provider: Provider, changes: dict[str, Any], said: str
):
    with pytest.raises(MetadataRefused, match=said):
        await Api.offered(provider, **changes)


async def test_an_identifier_and_a_scope_belong_to_one_resource(provider: Provider):
    api = await Api.offered(provider)
    with pytest.raises(MetadataRefused, match="taken"):
        await Api.offered(provider, resource=api.identifier)
    with pytest.raises(MetadataRefused, match="another resource has"):
        await Api.offered(provider, resource_scopes={api.read: "Read"})


@pytest.mark.spec("RFC 8707 §2.2")
async def test_a_refresh_gives_tokens_for_either_audience_and_no_third(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    grant_types = ["authorization_code", "refresh_token"]
    scope = f"openid age offline_access {api.read}"
    shop = await Platform.register(provider, grant_types=grant_types, scope=scope)
    connection = await connect(shop, visitor, scope=scope)
    cases: tuple[tuple[dict[str, str], str, str], ...] = (
        ({}, api.identifier, f"offline_access openid {api.read}"),
        ({"resource": ISSUER}, ISSUER, "age offline_access openid"),
        ({"resource": api.identifier}, api.identifier, f"offline_access openid {api.read}"),
    )
    for resource, audience, told in cases:
        answer = await connection.refresh(**resource)
        claims = parts(answer["access_token"])[1]
        assert (claims["aud"], answer["scope"]) == (audience, told)
    narrow = await connection.refresh(scope=f"offline_access {api.read}")
    assert "id_token" not in narrow
    wrongs: tuple[dict[str, Any], ...] = (
        {"resource": SANDBOX},
        {"scope": api.read, "resource": ISSUER},
    )
    for wrong in wrongs:
        refused = await shop.refresh(connection.live, **wrong)
        assert (refused.status, refused.json()["error"]) == (400, "invalid_target")


async def test_what_an_operator_took_from_a_client_is_refreshed_no_more(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    document = {
        "client_name": "Shop",
        "platform": "shrinking-shop",
        "redirect_uris": ["https://shop.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }
    both, clients = f"openid offline_access {api.read} {api.write}", provider.services.clients
    registered = await clients.add(document | {"scope": both}, client_id="shrinking-shop")
    shop = Platform(provider, registered)
    connection = await connect(shop, visitor, scope=both)
    await clients.remove("shrinking-shop")
    await clients.add(document | {"scope": f"openid {api.read}"}, client_id="shrinking-shop")
    answer = await connection.refresh()
    assert parts(answer["access_token"])[1]["scope"] == api.read


async def test_plain_oauth_can_stay_connected_without_a_sign_in(
    provider: Provider, visitor: Browser
):
    """As the FAPI 2.0 plan has it: ``offline_access`` beside a scope, and never an ID token."""
    scope, grant_types = f"offline_access {SANDBOX_SCOPE}", ["authorization_code", "refresh_token"]
    shop = await Platform.register(provider, grant_types=grant_types, scope=scope)
    connection = await connect(shop, visitor, scope=scope, nonce=None)
    again = await connection.refresh()
    for answer in (connection.answer, again):
        assert answer["scope"] == scope
        assert "id_token" not in answer
        assert parts(answer["access_token"])[1]["scope"] == SANDBOX_SCOPE
    alone = await shop.ask(visitor, scope="offline_access")
    assert alone.location_query["error"] == "invalid_scope"
