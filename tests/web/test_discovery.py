"""Discovery and keys: what stands there works, and nothing else does."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from idp.keystore.public_keys import thumbprint
from idp.keystore.signing import signer_for
from tests.support import assertions, refreshing
from tests.support.browser_like import Browser
from tests.support.jwt import at_once, forge, jwks, key, okp_jwk, ps256, rsa_key
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider, running

WELL_KNOWN = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
# What RFC 8414 and OpenID Connect Discovery require, and what we promise beyond.
ENDPOINTS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "registration_endpoint": "/register",
    "introspection_endpoint": "/introspect",
    "pushed_authorization_request_endpoint": "/par",
    "revocation_endpoint": "/revoke",
    "jwks_uri": "/jwks",
    "end_session_endpoint": "/logout",
    "service_documentation": "/help",
    "op_policy_uri": "/privacy",
}


@pytest.fixture
async def document(visitor: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await visitor.get(WELL_KNOWN)).json()
    return found


@pytest.mark.spec("OpenID Connect Discovery 1.0 §4.2")
@pytest.mark.spec("RFC 8414 §3")
@pytest.mark.parametrize("path", [WELL_KNOWN, OAUTH])
async def test_the_metadata_is_public_and_cacheable(visitor: Browser, path: str):
    answer = await visitor.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.json()["issuer"] == ISSUER
    assert answer.json() == (await visitor.get(WELL_KNOWN)).json()
    assert answer.cookies == ()


@pytest.mark.spec("OpenID Connect Discovery 1.0 §3")
async def test_every_endpoint_is_where_it_says(visitor: Browser, document: dict[str, Any]):
    for name, path in ENDPOINTS.items():
        assert document[name] == ISSUER + path
        assert (await visitor.get(document[name])).status != 404
    named = {name for name, value in document.items() if str(value).startswith(ISSUER)}
    assert named == {*ENDPOINTS, "issuer"}


@pytest.mark.spec("OpenID Connect Discovery 1.0 §3")
async def test_the_whole_document(document: dict[str, Any]):
    """Every member stands here with its value: a new one needs a test of what it says."""
    said = {name: value for name, value in document.items() if name not in {*ENDPOINTS, "issuer"}}
    assert said == {
        "scopes_supported": ["openid", "age", "offline_access", "sandbox:read"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
        "userinfo_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
        "revocation_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "revocation_endpoint_auth_signing_alg_values_supported": [
            *("RS256", "PS256", "ES256", "Ed25519"),
        ],
        "dpop_signing_alg_values_supported": ["ES256", "PS256", "Ed25519"],
        "introspection_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": [
            *("RS256", "PS256", "ES256", "Ed25519")
        ],
        "introspection_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": ["phr", "urn:network-id:acr:sandbox-persona"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("sub", "acr", "amr", "auth_time"),
            *(
                "age_over_14",
                "age_over_16",
                "age_over_18",
                "age_over_65",
                "identity_assurance_level",
            ),
        ],
        "claims_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": ["consent", "login", "none", "select_account"],
        "ui_locales_supported": ["en", "zh-Hans"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


async def is_accepted(platform: Platform, browser: Browser, **changes: str) -> bool:
    answer = await browser.get(platform.address(**changes))
    told = answer.location_query if platform.redirect_uri in answer.location else {}
    return told.get("error") in {None, "login_required"}


@pytest.mark.parametrize(
    ("member", "parameter", "unknown"),
    [
        ("response_types_supported", "response_type", ["token", "id_token", "code token", "none"]),
        (
            "response_modes_supported",
            "response_mode",
            ["fragment", "form_post.jwt", "jwt", "web_message"],
        ),
        ("prompt_values_supported", "prompt", ["create", "LOGIN"]),
        ("display_values_supported", "display", ["window"]),
        ("code_challenge_methods_supported", "code_challenge_method", ["plain", "S512"]),
    ],
)
async def test_what_is_said_to_be_supported_works_and_the_rest_is_refused(
    platform: Platform,
    visitor: Browser,
    document: dict[str, Any],
    member: str,
    parameter: str,
    unknown: list[str],
):
    for value in document[member]:
        assert await is_accepted(platform, visitor, **{parameter: value}), value
    for value in unknown:
        assert not await is_accepted(platform, visitor, **{parameter: value}), value


async def test_every_scope_and_every_claim_works(
    provider: Provider, visitor: Browser, document: dict[str, Any]
):
    scope = " ".join(document["scopes_supported"])
    platform = await refreshing.register(provider, scope=scope)
    told = set()
    for audience in (f"{ISSUER}/sandbox/resource", ISSUER):
        code = await platform.code(visitor, scope=scope, max_age="3000", remember=True)
        tokens = (await platform.redeem(code, resource=audience)).json()
        told |= set(tokens["scope"].split())
    assert told == set(document["scopes_supported"])
    info = (await platform.userinfo(tokens["access_token"])).json()
    assert info.keys() == {c for c in document["claims_supported"] if c.startswith("age")} | {"sub"}


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
async def test_every_algorithm_of_client_assertions_works(
    provider: Provider, visitor: Browser, document: dict[str, Any], alg: str
):
    assert alg in document["token_endpoint_auth_signing_alg_values_supported"]
    okp = ed25519.Ed25519PrivateKey.generate()
    rsa = dict(signer_for("RS256", rsa_key()).public_jwk) | {"alg": "PS256"}
    keys, sign, kid = {
        "RS256": (jwks(key("RS256")), at_once(key("RS256")), key("RS256").kid),
        "ES256": (jwks(key()), at_once(key()), key().kid),
        "PS256": ({"keys": [rsa]}, ps256(rsa_key()), rsa["kid"]),
        "Ed25519": ({"keys": [okp_jwk(okp, "okp")]}, okp.sign, "okp"),
    }[alg]
    platform = await assertions.register(provider, jwks=keys)
    proof = forge({"alg": alg, "kid": kid, "typ": "JWT"}, assertions.claims(platform), sign)
    form = assertions.with_assertion(platform, proof)
    assert (await platform.at_token_endpoint(form)).json()["error"] == "invalid_grant"


@pytest.mark.spec("RFC 7517 §5")
@pytest.mark.spec("RFC 7638 §3")
async def test_the_keys_are_public_and_named_by_thumbprint(visitor: Browser):
    answer = await visitor.get("/jwks")
    assert answer.headers["cache-control"] == "public, max-age=3600, s-maxage=60"
    assert answer.headers["content-type"] in {"application/jwk-set+json", "application/json"}
    assert answer.headers["access-control-allow-origin"] == "*"
    keys = answer.json()["keys"]
    assert [(k["kty"], k["alg"], k["use"]) for k in keys] == [
        ("RSA", "RS256", "sig"),
        ("RSA", "PS256", "sig"),
        ("EC", "ES256", "sig"),
        ("OKP", "Ed25519", "sig"),
    ]
    for published in keys:
        assert published["kid"] == thumbprint(published)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & published.keys()


ISSUERS = [
    "http://localhost:8000",
    "http://localhost:8000/",
    "https://id.example",
    "https://id.example/login",
    "https://id.example/a/b",
    "https://id.example/login/",
]


@pytest.mark.spec("RFC 8414 §3.1")
@pytest.mark.spec("OpenID Connect Discovery 1.0 §4.1")
@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("proxy", ["strips the path", "passes it on"])
async def test_the_issuer_is_served_byte_for_byte_wherever_it_lies(
    tmp_path: Path, issuer: str, proxy: str
):
    """And a whole login works there, whatever the proxy does with the path."""
    async with running(tmp_path, issuer=issuer, sandbox_issuer=issuer) as provider:
        base = issuer.partition("//")[2].partition("/")[2].rstrip("/")
        base = f"/{base}" if base else ""
        browser = provider.browser()
        browser.app = stripping(browser.app, base) if proxy == "strips the path" else browser.app
        found = (await browser.get(base + WELL_KNOWN)).json()
        assert found["issuer"] == issuer
        inserted = await browser.get(f"{OAUTH}{base}")
        assert inserted.json() == found
        path = issuer.rstrip("/") + "/token"
        assert found["token_endpoint"] == path
        platform = await Platform.register(provider)
        answer = await platform.log_in(browser, remember=True)
        assert answer.location_query["iss"] == issuer
        assert "code" in (await browser.get(platform.address())).location_query
        claims = await platform.id_token(browser, "adult")
        assert claims["iss"] == issuer
        page = await browser.get(f"{base}/")
        links = [part.partition('"')[0] for part in page.text.split(' href="/')[1:]]
        assert all(f"/{link}".startswith(f"{base}/") for link in links)


def stripping(app: Any, base: str) -> Any:
    """A proxy that takes the issuer's path away before it passes a request on."""

    async def proxied(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"]
        if base and path.startswith(base + "/") and not path.startswith("/.well-known"):
            scope = scope | {"path": path.removeprefix(base)}
        await asyncio.sleep(0)
        await app(scope, receive, send)

    return proxied
