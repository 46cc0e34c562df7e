"""Clients that register themselves in an open sandbox, as the conformance suite does."""

import json
from typing import Any

import pytest

from tests.support import assertions
from tests.support.internet import Page
from tests.support.jwt import jwks, key
from tests.support.logins import basic
from tests.support.platforms import path_of
from tests.support.registering import ORDINARY, Registrant, update
from tests.support.registrants import anybody
from tests.support.resources import SANDBOX_SCOPE, Api

__all__ = ["anybody"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n picture"
SECTOR = "https://sector.example/redirect_uris.json"


@pytest.mark.spec("RFC 7591 §3.2.1")
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §3.2")
async def test_a_client_is_told_all_that_was_registered_and_how_to_manage_it(anybody: Registrant):
    answer = await anybody.register()
    told = answer.json()
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert {name: told[name] for name in ORDINARY} == ORDINARY
    assert (len(told["client_secret"]), told["client_secret_expires_at"]) == (43, 0)
    assert told["client_id_issued_at"] == anybody.provider.clock.now()
    assert told["registration_client_uri"] == (
        f"{anybody.provider.issuer}/register/{told['client_id']}"
    )
    assert len(told["registration_access_token"]) == 43
    assert told["id_token_signed_response_alg"] == "RS256"
    assert told["subject_type"] == "pairwise"
    assert told["require_pkce"] is False


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §3.1")
async def test_a_client_that_registered_itself_signs_people_in(anybody: Registrant):
    platform = await anybody.platform(await anybody.registered())
    bare = {"code_challenge": None, "code_challenge_method": None, "nonce": None}
    browser = anybody.provider.browser()
    page = await platform.ask(browser, **bare)
    page = await platform.choose_persona(browser, page, "adult")
    assert "Nobody has checked who runs it" in page.text
    assert "<strong>shop.example</strong>" in page.text
    answer = await platform.decide(browser, page, "allow")
    form = platform.token_form(answer.location_query["code"], code_verifier=None)
    headers = basic(platform.client_id, platform.secret)
    assert (await platform.at_token_endpoint(form, headers)).status == 200


@pytest.mark.spec("RFC 7591 §2")
async def test_a_member_that_nobody_knows_is_ignored(anybody: Registrant):
    told = await anybody.registered(
        example_extension={"a": 1}, **{"client_uri#fr": "https://shop.example/fr"}
    )
    assert {"example_extension", "client_uri#fr"}.isdisjoint(told)


@pytest.mark.spec("RFC 7591 §2")
async def test_a_client_that_says_next_to_nothing_gets_the_defaults(anybody: Registrant):
    answer = await anybody.post(b'{"redirect_uris": ["https://shop.example/callback"]}')
    assert answer.status == 201
    told = answer.json()
    assert told["client_name"] == "shop.example"
    assert told["grant_types"] == ["authorization_code"]
    assert told["token_endpoint_auth_method"] == "client_secret_basic"


ACCEPTED: dict[str, dict[str, Any]] = {
    "public": {"token_endpoint_auth_method": "none"},
    "post": {"token_endpoint_auth_method": "client_secret_post"},
    "keys": {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(key())},
    "keys it does not use": {"jwks": jwks(key("RS256"))},
    "an address of keys": {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "RS256",
        "jwks_uri": "https://shop.example/jwks",
    },
    "fapi2": {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://shop.example/jwks",
        "security_profile": "fapi2",
        "id_token_signed_response_alg": "ES256",
    },
    "ages": {"default_max_age": 300, "require_auth_time": True},
    "signed answers": {
        "id_token_signed_response_alg": "RS256",
        "userinfo_signed_response_alg": "RS256",
    },
    "pages": {
        "policy_uri": "https://shop.example/policy",
        "tos_uri": "https://shop.example/tos",
        "client_uri": "https://shop.example/",
        "initiate_login_uri": "https://shop.example/login",
    },
    "logout": {
        "post_logout_redirect_uris": ["https://shop.example/out"],
        "backchannel_logout_uri": "https://shop.example/backchannel",
        "backchannel_logout_session_required": True,
    },
    "query": {"redirect_uris": ["https://shop.example/callback?foo=bar"]},
    "languages": {"client_name#zh-Hans": "小店"},
    "software": {"software_id": "a", "software_version": "1", "application_type": "web"},
    "here": {"redirect_uris": ["http://localhost:9000/callback"], "application_type": "native"},
}


@pytest.mark.parametrize("case", ACCEPTED)
async def test_what_we_support_is_registered_as_it_was_sent(anybody: Registrant, case: str):
    sent = ACCEPTED[case]
    told = await anybody.registered(**sent)
    assert {name: told[name] for name in sent} == sent
    uses_secret = "client_secret" in str(told["token_endpoint_auth_method"])
    assert ("client_secret" in told) == uses_secret
    shown = await anybody.manage("GET", told)
    assert shown.json() == {n: v for n, v in told.items() if not n.startswith("client_secret")}


@pytest.mark.spec("RFC 7591 §3.2.1")
async def test_what_a_profile_implies_is_told(anybody: Registrant):
    told = await anybody.registered(**ACCEPTED["fapi2"])
    implied = ("require_pkce", "dpop_bound_access_tokens", "require_pushed_authorization_requests")
    assert [told[member] for member in implied] == [True, True, True]


@pytest.mark.spec("OpenID Connect Core 1.0 §4")
async def test_an_account_leads_to_where_a_login_begins(anybody: Registrant):
    told = await anybody.registered(initiate_login_uri="https://shop.example/login?a=b")
    platform = await anybody.platform(told)
    browser = anybody.provider.browser()
    await platform.log_in(browser)
    page = await browser.get(path_of(platform))
    link = "https://shop.example/login?a=b&amp;iss=http%3A%2F%2Flocalhost%3A8000"
    assert f'href="{link}" target="_blank" rel="noopener noreferrer"' in page.text


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §2")
async def test_a_client_that_named_its_algorithm_signs_by_no_other(anybody: Registrant):
    signers = key("ES256"), key("RS256")
    by_key: dict[str, Any] = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": jwks(*signers),
    }
    for named, right in (("ES256", {"ES256"}), ("RS256", {"RS256"}), (None, {"ES256", "RS256"})):
        told = await anybody.registered(**by_key, token_endpoint_auth_signing_alg=named)
        platform = await anybody.platform(told)
        for signer in signers:
            form = assertions.with_assertion(platform, assertions.assertion(platform, signer))
            answer = await platform.at_token_endpoint(form)
            assert (answer.json()["error"] == "invalid_grant") == (signer.alg in right)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "fragment": ({"redirect_uris": ["https://shop.example/#a"]}, "invalid_redirect_uri"),
    "http": ({"redirect_uris": ["http://shop.example/"]}, "invalid_redirect_uri"),
    "user": ({"redirect_uris": ["https://a@shop.example/"]}, "invalid_redirect_uri"),
    "one of two": (
        {"redirect_uris": ["https://shop.example/", "javascript:alert(1)"]},
        "invalid_redirect_uri",
    ),
    "text": ({"redirect_uris": "https://shop.example/"}, "invalid_redirect_uri"),
    "no address": ({"redirect_uris": []}, "invalid_redirect_uri"),
    "two hosts": (
        {
            "redirect_uris": ["https://a.example/", "https://b.example/"],
            "subject_type": "pairwise",
        },
        "invalid_client_metadata",
    ),
    "implicit": ({"response_types": ["id_token"]}, "invalid_client_metadata"),
    "public subject": ({"subject_type": "public"}, "invalid_client_metadata"),
    "alg none": ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    "hmac": ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
    "client_secret_jwt": (
        {"token_endpoint_auth_method": "client_secret_jwt"},
        "invalid_client_metadata",
    ),
    "no keys": ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    "both keys": (
        {"jwks": jwks(key()), "jwks_uri": "https://shop.example/jwks"},
        "invalid_client_metadata",
    ),
    "http login": ({"initiate_login_uri": "http://shop.example/"}, "invalid_client_metadata"),
    "platform": ({"platform": "corner-shop"}, "invalid_client_metadata"),
    "first party": ({"first_party": True}, "invalid_client_metadata"),
    "resource": ({"resource": "https://api.example"}, "invalid_client_metadata"),
    "resource scopes": ({"resource_scopes": {"a:b": "c"}}, "invalid_client_metadata"),
    "no PKCE": (
        {"token_endpoint_auth_method": "none", "require_pkce": False},
        "invalid_client_metadata",
    ),
    "weak fapi2": (
        {"security_profile": "fapi2", "token_endpoint_auth_method": "client_secret_basic"},
        "invalid_client_metadata",
    ),
    "language": ({"client_name#!": "a"}, "invalid_client_metadata"),
    "name": ({"client_name": 4}, "invalid_client_metadata"),
    "statement": ({"software_statement": "a"}, "invalid_software_statement"),
}


@pytest.mark.spec("RFC 7591 §3.2.2")
@pytest.mark.parametrize("case", REFUSED)
async def test_what_we_do_not_support_is_refused_by_name(anybody: Registrant, case: str):
    sent, error = REFUSED[case]
    answer = await anybody.register(**sent)
    assert (answer.status, answer.json()["error"]) == (400, error), answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert '"' not in answer.json()["error_description"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b'"a"', b"\xff", b"[" * 30_000, b'{"a":NaN}'],
)
async def test_a_body_that_is_no_json_object_is_refused(anybody: Registrant, body: bytes):
    answer = await anybody.post(body)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_body_that_is_not_called_json_or_is_large_is_refused(anybody: Registrant):
    body = json.dumps(ORDINARY).encode()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await anybody.post(body, **{"content-type": content_type})
        assert answer.status == 400, content_type  # a form of another site could send it (CSRF)
    assert (await anybody.post(b" " * 70_000 + body)).status == 413


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1")
async def test_who_registers_openly_with_several_hosts_enters_the_sector_of_none(
    anybody: Registrant,
):
    two = ["https://a.example/callback", "https://b.example/callback"]
    both = [await anybody.registered(redirect_uris=two) for _ in range(2)]
    sectors = {(await anybody.platform(told)).registered.client.sector for told in both}
    assert sectors == {f"client:{told['client_id']}" for told in both}


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §5")
async def test_a_sector_is_entered_only_by_who_it_vouches_for(anybody: Registrant):
    two = ["https://a.example/callback", "https://b.example/callback"]
    anybody.internet.serve(SECTOR, two)
    told = await anybody.registered(redirect_uris=two, sector_identifier_uri=SECTOR)
    platform = await anybody.platform(told)
    assert platform.registered.client.sector == "host:sector.example"
    listed: Any
    for listed in (["https://a.example/callback"], [], {}, two[0], None, [two], [1]):
        anybody.internet.serve(SECTOR, listed)
        answer = await anybody.register(redirect_uris=two, sector_identifier_uri=SECTOR)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_logo_is_fetched_once_and_served_by_us(anybody: Registrant):
    url = anybody.internet.serve("https://shop.example/logo.png", PNG, content_type="image/png")
    told = await anybody.registered(logo_uri=url)
    assert told["logo_uri"] == url
    assert anybody.internet.times(url) == 1
    assert await anybody.provider.services.clients.logo(told["client_id"]) == PNG
    for page in (Page(b"<svg/>"), Page(status=404), Page(PNG + b" " * 70_000), Page(b"")):
        anybody.internet.answer(url, page)
        answer = await anybody.register(logo_uri=url)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")
        assert "logo_uri" in answer.json()["error_description"]


async def test_other_methods_are_named(anybody: Registrant):
    browser = anybody.provider.browser()
    assert (await browser.get("/register")).status == 405
    answer = await browser.post("/register/somebody")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, HEAD, PUT")


async def test_the_discovery_document_names_the_endpoint(anybody: Registrant):
    found = await anybody.provider.browser().get("/.well-known/openid-configuration")
    issuer = anybody.provider.issuer
    assert found.json()["registration_endpoint"] == f"{issuer}/register"


async def test_strangers_do_not_fill_the_registry(anybody: Registrant):
    """Last: from one network, which is counted for ten minutes."""
    browser = anybody.provider.browser()
    answers = set()
    for _ in range(302):
        answer = await browser.post("/register", body=b"{}", headers={"content-type": "text/html"})
        answers.add(answer.status)
    assert answers == {400, 429}


@pytest.mark.spec("RFC 7591 §3.2.2")
async def test_scopes_of_an_api_are_no_client_s_own_to_take(anybody: Registrant):
    """Neither one that an API has, nor one that an API may have some day, nor by an update."""
    api = await Api.offered(anybody.provider)
    for scope in (api.read, "nobody:yet"):
        answer = await anybody.register(scope=f"openid {scope}")
        assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")
    told = await anybody.registered(scope=f"openid {SANDBOX_SCOPE}")
    changed = update(told, scope=f"openid {api.read}")
    assert (await anybody.manage("PUT", told, changed)).status == 400
    for member in ({"resource": "https://api.example"}, {"resource_scopes": {"a:b": "Read"}}):
        assert (await anybody.register(**member)).status == 400
