"""Every method of every endpoint that programs call: parameters, answers, errors.

Forms list every parameter that is read; others are ignored, as the standards say.
"""

from __future__ import annotations

from msgspec import Struct, field

from idp.protocol import authorization_request

PATH = "/openapi.json"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_JWT = "application/jwt"
_AUTHENTICATION = {
    "client_id": "The client, where no header and no assertion names it.",
    "client_secret": "For client_secret_post.",
    "client_assertion": "For private_key_jwt: a signed JWT with the issuer as its audience.",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
_CLIENT_ERRORS = (400, 401, 413, 503)
_OF_CLIENT: list[dict[str, list[str]]] = [{"client": []}, {}]
_OF_TOKEN: list[dict[str, list[str]]] = [{"token": []}]
_WITH_PROOF = frozenset({"/token", "/par", "/userinfo", "/sandbox/resource"})


class Operation(Struct, frozen=True):
    """One method of one path. ``form`` maps each parameter to what it is, JSON schemas by name."""

    path: str
    method: str
    summary: str
    answers: dict[int, dict[str, str]]
    errors: tuple[int, ...] = ()
    form: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    body: str = ""
    security: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def takes_proofs(self) -> bool:
        """Tell whether a DPoP proof may come with it (RFC 9449 §4.1)."""
        return self.path in _WITH_PROOF


def _request_form() -> dict[str, str]:
    every = {
        name: "As at the authorization endpoint."
        for name in authorization_request.PARAMETERS
        if name not in {"client_id", "request_uri"}
    }
    return every | _AUTHENTICATION


OPERATIONS = (
    Operation(
        "/.well-known/openid-configuration",
        "get",
        "Provider metadata (OpenID Connect Discovery 1.0 §4)",
        {200: {JSON: "Metadata"}},
    ),
    Operation(
        "/.well-known/oauth-authorization-server",
        "get",
        "The same metadata (RFC 8414 §3)",
        {200: {JSON: "Metadata"}},
    ),
    Operation(
        "/jwks", "get", "Our public keys (RFC 7517 §5)", {200: {"application/jwk-set+json": "Jwks"}}
    ),
    Operation(
        "/par",
        "post",
        "Push an authorization request (RFC 9126)",
        {201: {JSON: "Pushed"}},
        (400, 401, 413, 429, 503),
        _request_form(),
        security=_OF_CLIENT,
    ),
    Operation(
        "/token",
        "post",
        "Get tokens (RFC 6749 §3.2)",
        {200: {JSON: "Tokens"}},
        _CLIENT_ERRORS,
        {
            "grant_type": "authorization_code, refresh_token or client_credentials.",
            "code": "The code of the authorization response.",
            "redirect_uri": "As in the authorization request.",
            "code_verifier": "What the code_challenge was made of (RFC 7636).",
            "refresh_token": "For grant_type refresh_token.",
            "scope": "Less than was granted, or for client_credentials what is asked.",
            "resource": "The API that the access token is for (RFC 8707).",
            **_AUTHENTICATION,
        },
        ("grant_type",),
        security=_OF_CLIENT,
    ),
    Operation(
        "/revoke",
        "post",
        "End a token and all of its grant (RFC 7009)",
        {200: {}},
        _CLIENT_ERRORS,
        {
            "token": "A refresh token or an access token of this client.",
            "token_type_hint": "refresh_token or access_token.",
            **_AUTHENTICATION,
        },
        ("token",),
        security=_OF_CLIENT,
    ),
    Operation(
        "/introspect",
        "post",
        "Ask about a token, as the API that it is for (RFC 7662, RFC 9701)",
        {
            200: {
                JSON: "Introspection",
                "application/token-introspection+jwt": "Jwt",
            }
        },
        _CLIENT_ERRORS,
        {
            "token": "An access token that was presented to this API.",
            "token_type_hint": "access_token.",
            **_AUTHENTICATION,
        },
        ("token",),
        security=_OF_CLIENT,
    ),
    Operation(
        "/userinfo",
        "get",
        "The claims that an access token releases (OpenID Connect Core §5.3)",
        {200: {JSON: "UserInfo", _JWT: "Jwt"}},
        (400, 401, 403, 503),
        security=_OF_TOKEN,
    ),
    Operation(
        "/userinfo",
        "post",
        "The same; the token may stand in the form",
        {200: {JSON: "UserInfo", _JWT: "Jwt"}},
        (400, 401, 403, 413, 503),
        {"access_token": "Where the header has none (RFC 6750 §2.2)."},
        security=[*_OF_TOKEN, {}],
    ),
    Operation(
        "/sandbox/resource",
        "get",
        "The sandbox's own API: tells what the access token says",
        {200: {JSON: "Anything"}},
        (400, 401, 403, 503),
        security=_OF_TOKEN,
    ),
    Operation(
        "/sandbox/resource",
        "post",
        "The sandbox's own API: called by POST",
        {200: {JSON: "Anything"}},
        (400, 401, 403, 413, 503),
        security=_OF_TOKEN,
    ),
    Operation(
        "/register",
        "post",
        "Register a client (RFC 7591)",
        {201: {JSON: "Client"}},
        (400, 401, 403, 413, 429, 503),
        body="Metadata",
        security=[*_OF_TOKEN, {}],
    ),
    Operation(
        "/register/{client_id}",
        "get",
        "Read a registration (RFC 7592 §2.1)",
        {200: {JSON: "Client"}},
        (400, 401, 503),
        security=_OF_TOKEN,
    ),
    Operation(
        "/register/{client_id}",
        "put",
        "Replace a registration (RFC 7592 §2.2)",
        {200: {JSON: "Client"}},
        (400, 401, 413, 503),
        body="Metadata",
        security=_OF_TOKEN,
    ),
    Operation(
        "/register/{client_id}",
        "delete",
        "Forget a client (RFC 7592 §2.3)",
        {204: {}},
        (400, 401, 503),
        security=_OF_TOKEN,
    ),
    Operation(
        "/transparency/heads.json",
        "get",
        "Signed heads of the audit log, newest first; ?before=SIZE for older ones",
        {200: {JSON: "Heads"}},
        (404, 503),
    ),
    Operation(
        "/transparency/checkpoint",
        "get",
        "The newest head (C2SP tlog-checkpoint, signed-note)",
        {200: {"text/plain": "Note"}},
        (404, 503),
    ),
    Operation(
        "/transparency/heads/{size}",
        "get",
        "The head for a number of entries",
        {200: {"text/plain": "Note"}},
        (404, 503),
    ),
    Operation(
        "/transparency/consistency/{old}-{new}",
        "get",
        "The proof that one head goes on from another (RFC 9162 §2.1.4)",
        {200: {JSON: "Consistency"}},
        (404, 503),
    ),
    Operation(
        "/transparency/inclusion/{index}-{size}",
        "get",
        "The proof that an entry is under a head (RFC 9162 §2.1.3)",
        {200: {JSON: "Inclusion"}},
        (404, 503),
    ),
    Operation(
        "/transparency/months.json",
        "get",
        "What was counted in each month that is over, and the entry that counts it",
        {200: {JSON: "Months"}},
        (503,),
    ),
    Operation(PATH, "get", "This description", {200: {JSON: "Anything"}}),
)
