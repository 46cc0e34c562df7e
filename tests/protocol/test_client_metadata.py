"""Client metadata: what a client may register, and that nothing is silently ignored."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.client import AuthMethod, SecurityProfile
from idp.protocol import client_metadata
from idp.protocol.client_metadata import Kept, MetadataRefused
from tests.support.jwt import jwks, key

LEAST: dict[str, Any] = {
    "client_name": "Shop",
    "redirect_uris": ["https://shop.example/callback"],
}
FULL: dict[str, Any] = LEAST | {
    "client_name#zh-Hans": "小店",
    "purpose": "To know that you are one person.",
    "purpose#zh-Hans": "确认您是一个人。",
    "alternative": "Order as a guest.",
    "platform": "corner-shop",
    "scope": "openid",
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": jwks(key()),
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "ES256",
    "default_max_age": 300,
    "require_auth_time": True,
    "security_profile": "fapi2",
    "policy_uri": "https://shop.example/privacy",
    "tos_uri": "https://shop.example/terms",
    "backchannel_logout_uri": "https://shop.example/logout",
    "contacts": ["shop@example.com"],
}


def refusal(**changes: Any) -> str:
    with pytest.raises(MetadataRefused) as refused:
        client_metadata.read(LEAST | changes)
    return str(refused.value)


@pytest.mark.spec("RFC 7591 §2")
@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §2")
def test_the_defaults_are_the_standards_and_ours():
    found = client_metadata.read(LEAST)
    assert found.token_endpoint_auth_method is AuthMethod.BASIC
    assert found.grant_types == ("authorization_code",)
    assert found.response_types == ("code",)
    assert found.application_type == "web"
    assert found.id_token_signed_response_alg == "RS256"
    assert found.userinfo_signed_response_alg is None
    assert found.require_pkce
    assert found.security_profile is SecurityProfile.BASELINE
    assert found.scope == "openid age"


@pytest.mark.spec("OpenID Connect Core 1.0 §11")
def test_staying_connected_comes_with_its_grant_type():
    refreshing = LEAST | {"grant_types": ["authorization_code", "refresh_token"]}
    for document in (refreshing, refreshing | {"scope": "openid age offline_access"}):
        found = client_metadata.client("c", client_metadata.read(document), client_metadata.Kept())
        assert found.may_refresh
        assert found.scopes == {"openid", "age", "offline_access"}


@pytest.mark.parametrize("document", [LEAST, FULL], ids=["least", "full"])
def test_what_was_read_can_be_stored_and_read_again(document: dict[str, Any]):
    found = client_metadata.read(document)
    stored = client_metadata.tagged(found)
    assert client_metadata.read(stored) == found


def test_a_client_is_what_its_metadata_says():
    found = client_metadata.client("id", client_metadata.read(FULL), Kept(has_logo=True))
    assert (found.name("zh-Hans"), found.name("fr")) == ("小店", "Shop")
    assert found.sector == "platform:corner-shop"
    assert found.scopes == {"openid"}
    assert (found.id_token_alg, found.userinfo_alg) == ("ES256", "ES256")
    assert found.default_max_age == 300


@pytest.mark.spec("RFC 7591 §2")
@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": "https://shop.example/"}, "redirect_uris"),
        ({"redirect_uris": ["http://shop.example/"]}, "redirect"),
        ({"redirect_uris": ["https://shop.example/#x"]}, "redirect"),
        ({"redirect_uris": ["https://shop.example/"] * 51}, "redirect_uris"),
        ({"client_name": ""}, "client_name"),
        ({"client_name": "x" * 301}, "client_name"),
        ({"client_name#not a tag": "x"}, "client_name"),
        ({"client_name#": "x"}, "client_name"),
        ({"platform": "Corner Shop"}, "platform"),
        ({"platform": "a:b"}, "platform"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"grant_types": ["refresh_token"]}, "grant_types"),
        ({"response_types": ["token"]}, "response_types"),
        ({"response_types": ["code id_token"]}, "response_types"),
        ({"subject_type": "public"}, "subject_type"),
        ({"application_type": "desktop"}, "application_type"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"userinfo_signed_response_alg": "none"}, "userinfo_signed_response_alg"),
        ({"scope": "age"}, "scope"),
        ({"scope": "openid profile"}, "scope"),
        ({"scope": "openid offline_access"}, "scope"),
        ({"default_max_age": -1}, "default_max_age"),
        ({"policy_uri": "http://shop.example/"}, "policy_uri"),
        ({"policy_uri": "javascript:alert(1)"}, "policy_uri"),
        ({"tos_uri": "https://user@shop.example/"}, "tos_uri"),
        ({"backchannel_logout_uri": "https://shop.example/ x"}, "backchannel_logout_uri"),
        ({"jwks_uri": "http://shop.example/jwks"}, "jwks_uri"),
        ({"logo_uri": "http://shop.example/logo"}, "logo_uri"),
        ({"initiate_login_uri": "http://localhost:8000/login"}, "initiate_login_uri"),
        ({"sector_identifier_uri": "http://shop.example/s"}, "sector_identifier_uri"),
        ({"sector_identifier_uri": "http://localhost:8000/s"}, "sector_identifier_uri"),
        ({"jwks": jwks(key()), "jwks_uri": "https://shop.example/jwks"}, "exclude each other"),
        ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg"),
        ({"token_endpoint_auth_signing_alg": "ES256"}, "private_key_jwt"),
        ({"request_object_signing_alg": "none"}, "request_object_signing_alg"),
        ({"request_object_signing_alg": "HS256"}, "request_object_signing_alg"),
        ({"request_object_encryption_alg": "RSA1_5"}, "request_object_encryption_alg"),
        ({"require_signed_request_object": True}, "jwks"),
        ({"request_uris": ["https://shop.example/r"]}, "jwks"),
        ({"request_uris": ["http://shop.example/r"]}, "request_uris"),
        ({"request_uris": ["urn:example:r"]}, "request_uris"),
        ({"request_uris": ["https://shop.example/" + "x" * 500]}, "request_uris"),
        ({"id_token_encrypted_response_alg": "RSA1_5"}, "id_token_encrypted_response_alg"),
        ({"frontchannel_logout_uri": "https://shop.example/"}, "frontchannel_logout_uri"),
        ({"software_statement": "x"}, "software_statement"),
        ({"client_secret": "mine"}, "client_secret"),
        ({"client_id": "mine"}, "client_id"),
        ({"anything": 1}, "anything"),
    ],
)
def test_what_we_do_not_do_is_refused_by_name(changes: dict[str, Any], member: str):
    assert member in refusal(**changes)


@pytest.mark.spec("RFC 9700 §2.1.1")
@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "none"},
        {
            "security_profile": "fapi2",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": jwks(key()),
            "id_token_signed_response_alg": "ES256",
        },
    ],
)
def test_pkce_cannot_be_switched_off_for_public_and_strict_clients(changes: dict[str, Any]):
    client_metadata.read(LEAST | changes)
    assert "require_pkce" in refusal(require_pkce=False, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"id_token_signed_response_alg": "ES256"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(key())},
        {},
    ],
)
def test_a_strict_client_registers_strong_means(changes: dict[str, Any]):
    assert "fapi2" in refusal(security_profile="fapi2", **changes)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": []},
        {"keys": [{"kty": "oct", "k": "AA"}]},
        {"keys": [dict(key().public_jwk) | {"d": "AA"}]},
        {"keys": [{"kty": "RSA", "n": "A" * 171, "e": "AQAB"}]},
        {"keys": [7]},
    ],
)
def test_keys_are_public_and_strong(keys: dict[str, Any]):
    refusal(token_endpoint_auth_method="private_key_jwt", jwks=keys)


@pytest.mark.parametrize("member", ["platform", "purpose", "alternative"])
def test_a_platform_for_real_people_declares_itself(member: str):
    """Promise P9."""
    document = {name: value for name, value in FULL.items() if name.partition("#")[0] != member}
    with pytest.raises(MetadataRefused, match=member):
        client_metadata.read(document).check_accountable()
    client_metadata.read(FULL).check_accountable()


NAMES = st.sampled_from([*FULL, "client_uri", "grant_types", "software_id", "x#y", "#", "purpose#"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_no_document_raises_anything_but_a_refusal(changes: dict[str, Any]):
    with suppress(MetadataRefused):
        client_metadata.read(LEAST | changes)


@given(st.dictionaries(st.sampled_from(["kty", "n", "e", "crv", "x", "y", "kid", "use"]), JSON))
def test_no_key_raises_anything_but_a_refusal(jwk: dict[str, Any]):
    document = LEAST | {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}}
    for keys in ({"keys": [jwk]}, {"keys": [dict(key().public_jwk) | jwk]}, jwk):
        with suppress(MetadataRefused):
            client_metadata.read(document | {"jwks": keys})


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1")
def test_a_sector_that_cannot_be_told_is_refused():
    """Two hosts and no platform: a guess could be another's sector."""
    two = LEAST | {"redirect_uris": ["https://one.example/", "https://two.example/"]}
    with pytest.raises(MetadataRefused, match="sector_identifier_uri"):
        client_metadata.client("id", client_metadata.read(two), Kept())


def test_the_document_of_a_sector_says_which_one_it_is():
    two = LEAST | {
        "redirect_uris": ["https://one.example/", "https://two.example/"],
        "sector_identifier_uri": "https://Sector.example/redirect_uris.json",
    }
    assert client_metadata.client("id", client_metadata.read(two), Kept()).sector == (
        "host:sector.example"
    )
    owned = client_metadata.read(two | {"platform": "corner-shop"})
    assert client_metadata.client("id", owned, Kept()).sector == "platform:corner-shop"


@pytest.mark.spec("FAPI 2.0 Security Profile §5.4.1")
def test_a_fapi2_client_signs_its_assertions_by_no_weaker_algorithm():
    strict = LEAST | {
        "security_profile": "fapi2",
        "id_token_signed_response_alg": "ES256",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://shop.example/jwks",
    }
    found = client_metadata.read(strict | {"token_endpoint_auth_signing_alg": "PS256"})
    assert found.token_endpoint_auth_signing_alg == "PS256"
    assert "fapi2" in refusal(**strict, token_endpoint_auth_signing_alg="RS256")


API: dict[str, Any] = {
    "client_name": "Records",
    "grant_types": [],
    "resource": "https://records.example/api",
    "resource_scopes": {"records:read": "Read your records", "records:read#zh-Hans": "读取档案"},
}


@pytest.mark.spec("RFC 7591 §2.2")
def test_a_resource_server_signs_nobody_in_and_says_what_its_scopes_allow():
    metadata = client_metadata.read(API)
    assert client_metadata.tagged(client_metadata.read(client_metadata.tagged(metadata))) == (
        client_metadata.tagged(metadata)
    )
    found = client_metadata.client("records", metadata, Kept())
    assert found.sector == "client:records"
    assert found.scopes == frozenset()
    assert found.resource_scopes == {
        "records:read": {"": "Read your records", "zh-Hans": "读取档案"}
    }


@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resource": "records"}, "resource: "),
        ({"resource": "http://records.example/api"}, "https"),
        ({"resource": "https://records.example/api#x"}, "fragment"),
        ({"resource": "https://records.example/api?x"}, "query"),
        ({"resource": "https://x@records.example/api"}, "not allowed"),
        ({"resource": "https://records.example/a b"}, "not allowed"),
        ({"resource": "https://records.example/" + "a" * 150}, "150 characters"),
        ({"resource": None}, "go together"),
        ({"resource_scopes": {}}, "go together"),
        ({"resource_scopes": {"openid": "x"}}, "records:read"),
        ({"resource_scopes": {"records read": "x"}}, "records:read"),
        ({"resource_scopes": {"Records:read": "x"}}, "records:read"),
        ({"resource_scopes": {"records:" + "r" * 25: "x"}}, "32 characters"),
        ({"resource_scopes": {"records:read#": "x"}}, "records:read"),
        ({"resource_scopes": {"records:read": ""}}, "1 to 120"),
        ({"resource_scopes": {"records:read": "x" * 121}}, "1 to 120"),
        ({"resource_scopes": {"records:read": "evil \u202etxet"}}, "cannot be seen"),
        ({"resource_scopes": {f"records:{n}": "x" for n in range(51)}}, "at most 50"),
        ({"resource_scopes": {"records:read#zh": "x"}}, "untagged"),
        ({"token_endpoint_auth_method": "none"}, "need authentication"),
        ({"grant_types": ["client_credentials"]}, "openid or a scope"),
        ({"grant_types": ["authorization_code"]}, "redirect_uris"),
    ],
)
def test_a_resource_that_is_none_is_refused(changes: dict[str, Any], said: str):
    document = {name: value for name, value in (API | changes).items() if value is not None}
    with pytest.raises(MetadataRefused, match=said):
        client_metadata.read(document)


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("", "openid or a scope"),
        ("age", "age needs openid"),
        ("records:read age", "age needs openid"),
        ("openid profile", "unknown"),
        (" ".join(["openid", *(f"records:{n}" for n in range(9))]), "8 scopes"),
    ],
)
def test_scopes_that_nothing_stands_behind_are_refused(scope: str, said: str):
    assert said in refusal(scope=scope)
