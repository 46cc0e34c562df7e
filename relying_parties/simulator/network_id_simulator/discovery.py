"""Provider metadata (OpenID Connect Discovery 1.0 §3) and keys: what works, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from network_id_simulator.clients import METHODS
from network_id_simulator.keys import ALGORITHMS
from network_id_simulator.personas import AGE_CLAIMS

if TYPE_CHECKING:
    from network_id_simulator.call import Call

ACR: Final = "urn:network-id:acr:sandbox-persona"
ASSURANCE: Final = "identity_assurance_level"
RESPONSE_MODES: Final = ("query", "form_post")
SCOPES: Final = ("openid", "age", "offline_access")
PROMPTS: Final = ("consent", "login", "none", "select_account")
ASSERTION_ALGS: Final = ("RS256", "PS256", "ES256", "Ed25519")
DPOP_ALGS: Final = ("ES256", "PS256", "Ed25519")
OTHER_ISSUER: Final = "https://another-provider.example"
_CACHE: Final = {"cache-control": "public, max-age=60"}
_KEYS_CACHE: Final = {"cache-control": "public, max-age=300"}


def metadata(issuer: str) -> dict[str, Any]:
    """Return the provider metadata of ``issuer``."""
    algorithms, methods = list(ALGORITHMS), list(METHODS)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "revocation_endpoint": f"{issuer}/revoke",
        "jwks_uri": f"{issuer}/jwks",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGS),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGS),
        "dpop_signing_alg_values_supported": list(DPOP_ALGS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [ACR],
        "claim_types_supported": ["normal"],
        "claims_supported": ["sub", "acr", "amr", "auth_time", *AGE_CLAIMS, ASSURANCE],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": ["en", "zh-Hans"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


async def show_metadata(call: Call) -> Response:
    """``/.well-known/openid-configuration``."""
    document = metadata(call.simulator.issuer)
    if call.fault("discovery-issuer"):
        document["issuer"] = OTHER_ISSUER
    if call.fault("discovery-extra"):
        document |= {"x_future": {"a": [1, None]}, "ferry_endpoint": f"{call.simulator.issuer}/x"}
    return JSONResponse(document, headers=_CACHE)


async def show_keys(call: Call) -> Response:
    """``/jwks``."""
    keys: list[dict[str, Any]] = call.simulator.keys.published()
    document: dict[str, Any] = {"keys": keys}
    if call.fault("keys-empty"):
        document["keys"] = []
    if call.fault("keys-junk"):
        document["keys"] = [*_junk(keys), *document["keys"]]
    if call.fault("keys-extra"):
        document = {"x_future": 1, "keys": [*_FUTURE, *({**key, "x_future": 1} for key in keys)]}
    return JSONResponse(document, headers=_KEYS_CACHE, media_type="application/jwk-set+json")


_FUTURE: Final = (
    {"kty": "AKP", "alg": "ML-DSA-65", "kid": "of-a-kind-to-come", "use": "sig", "pub": "AAAA"},
    {"kty": "OKP", "crv": "X448-and-a-half", "kid": "on-a-curve-to-come", "x": "AAAA"},
)


def _junk(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return keys that RFC 7517 §5 has a platform pass over."""
    rsa = next(key for key in keys if key["kty"] == "RSA")
    return [
        {},
        {"kty": "RSA", "kid": "unfinished", "use": "sig", "alg": "RS256", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": "off-the-curve", "x": "AAAA", "y": "AAAA"},
        {**rsa, "kid": "for-encryption", "use": "enc", "alg": "RSA-OAEP-256"},
        {"kty": "oct", "kid": "a-secret", "k": "c2VjcmV0"},
    ]
