"""The provider metadata (OpenID Connect Discovery 1.0 §3, RFC 8414): what works, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.domain.age import CLAIM_NAMES as AGE_CLAIMS
from idp.domain.client import AuthMethod
from idp.domain.release import CLAIM_ASSURANCE, SCOPES
from idp.domain.resource import SANDBOX_SCOPE
from idp.domain.signing_key import ALGORITHMS
from idp.protocol import (
    acr,
    authorization_request,
    client_authentication,
    dpop,
    request_object,
    token_request,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCALES = ("en", "zh-Hans")


def metadata(
    issuer: str,
    *,
    sandbox: bool,
    hardware: bool,
    registration: bool = False,
    algorithms: Sequence[str] = ALGORITHMS,
) -> dict[str, object]:
    """Return the metadata of ``issuer``, every address built on it byte for byte.

    ``algorithms`` are those that we sign by.
    Raises ValueError when Authlib's reading of the standards finds a fault: a start-up self-check.
    """
    base = issuer.rstrip("/")
    methods = [method.value for method in AuthMethod]
    assertion_algs = list(client_authentication.ASSERTION_ALGS)
    document: dict[str, object] = {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/userinfo",
        "introspection_endpoint": f"{base}/introspect",
        "introspection_endpoint_auth_methods_supported": [
            method.value for method in AuthMethod if method is not AuthMethod.NONE
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": list(
            client_authentication.ASSERTION_ALGS
        ),
        "introspection_signing_alg_values_supported": list(algorithms),
        "revocation_endpoint": f"{base}/revoke",
        "jwks_uri": f"{base}/jwks",
        "scopes_supported": [*SCOPES, *([SANDBOX_SCOPE] if sandbox else [])],
        "pushed_authorization_request_endpoint": f"{base}/par",
        "require_pushed_authorization_requests": False,
        "response_types_supported": ["code"],
        "response_modes_supported": list(authorization_request.RESPONSE_MODES),
        "grant_types_supported": list(token_request.GRANT_TYPES),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(algorithms),
        "userinfo_signing_alg_values_supported": list(algorithms),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algs,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algs,
        "dpop_signing_alg_values_supported": list(dpop.ALGS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": list(acr.supported(sandbox=sandbox, hardware=hardware)),
        "claim_types_supported": ["normal"],
        "claims_supported": ["sub", "acr", "amr", "auth_time", *AGE_CLAIMS, CLAIM_ASSURANCE],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(request_object.ALGS),
        "display_values_supported": sorted(authorization_request.DISPLAYS),
        "prompt_values_supported": sorted(authorization_request.PROMPTS),
        "ui_locales_supported": list(LOCALES),
        "authorization_response_iss_parameter_supported": True,
        "end_session_endpoint": f"{base}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "service_documentation": f"{base}/help",
        "op_policy_uri": f"{base}/privacy",
    }
    if registration:
        document["registration_endpoint"] = f"{base}/register"
    OpenIDProviderMetadata(document).validate()
    return document
