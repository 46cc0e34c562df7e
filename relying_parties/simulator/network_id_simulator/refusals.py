"""What the simulator refuses of a platform, in the provider's own words.

The names, statuses, codes and descriptions are the provider's: a platform's developer meets here
what they would meet there.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Answer(NamedTuple):
    """How one refusal is answered."""

    status: int
    code: str
    description: str


def _request(description: str) -> Answer:
    return Answer(400, "invalid_request", description)


def _grant(description: str) -> Answer:
    return Answer(400, "invalid_grant", description)


def _client(description: str) -> Answer:
    return Answer(401, "invalid_client", description)


def _request_uri(description: str) -> Answer:
    return Answer(400, "invalid_request_uri", description)


def _proof(description: str) -> Answer:
    return Answer(400, "invalid_dpop_proof", description)


def _token(description: str) -> Answer:
    return Answer(401, "invalid_token", description)


TABLE: Final = {
    "not_a_form": _request("The body must be application/x-www-form-urlencoded."),
    "too_large": Answer(413, "invalid_request", "The request is too large."),
    "malformed_parameters": _request("A parameter is not well-formed UTF-8."),
    "duplicated_parameter": _request("A parameter was sent more than once."),
    "client_id_missing": _request("client_id is missing."),
    "unknown_client": _request("No client is registered by this client_id."),
    "redirect_uri_missing": _request("redirect_uri is missing."),
    "redirect_uri_mismatch": _request("redirect_uri is not one that the client registered."),
    "pushed_request_unknown": _request_uri("The request_uri is not valid."),
    "pushed_request_expired": _request_uri("The request_uri is not valid."),
    "pushed_request_of_another_client": _request_uri("The request_uri is not valid."),
    "pushed_request_nested": _request("A pushed request carries no request_uri."),
    "response_type_missing": _request("response_type is missing."),
    "response_type_unsupported": Answer(
        400, "unsupported_response_type", "Only response_type=code is supported."
    ),
    "response_mode_unsupported": _request(
        "response_mode must be query, or form_post to a web address."
    ),
    "registration_unsupported": Answer(
        400, "registration_not_supported", "The registration parameter is not supported."
    ),
    "scope_missing": Answer(
        400, "invalid_scope", "scope must hold openid or a scope of a resource."
    ),
    "pkce_required": _request("code_challenge is required of this client."),
    "pkce_method_missing": _request("code_challenge_method is missing; send S256."),
    "pkce_method_unsupported": _request("code_challenge_method must be S256."),
    "pkce_challenge_malformed": _request(
        "code_challenge must be 43 base64url characters, sent with code_challenge_method=S256."
    ),
    "prompt_unknown": _request("prompt holds a value that prompt_values_supported has not."),
    "prompt_contradictory": _request("prompt=none goes with no other value."),
    "max_age_malformed": _request("max_age must be a whole number of seconds, 0 or more."),
    "claims_malformed": _request("claims is not an object as OpenID Connect Core 5.5 says."),
    "parameter_too_long": _request(
        "state may have 1024 characters, nonce 512, all parameters together 3840."
    ),
    "login_required": Answer(400, "login_required", "The person needs to sign in."),
    "person_said_no": Answer(400, "access_denied", "The request was denied."),
    "person_suspended": Answer(400, "access_denied", "The request was denied."),
    "interaction_expired": Answer(400, "interaction_expired", "This sign-in took too long."),
    "persona_unknown": Answer(400, "persona_unknown", "There is no such persona."),
    "logout_hint_invalid": _request(
        "id_token_hint is not an ID token that this issuer signed for a client."
    ),
    "logout_client_mismatch": _request(
        "id_token_hint was issued to another client than client_id."
    ),
    "logout_address_mismatch": _request(
        "post_logout_redirect_uri is not one that the client registered."
    ),
    "client_authentication_missing": _client("The client did not authenticate."),
    "client_authentication_repeated": _request(
        "The client used more than one authentication method."
    ),
    "client_authentication_method": _client("The authentication method is not the registered one."),
    "client_authentication_failed": _client("Client authentication failed."),
    "assertion_malformed": _client("client_assertion is not a well-formed signed JWT."),
    "assertion_refused": _client("client_assertion was refused."),
    "assertion_audience": _client(
        "The aud of client_assertion must be the issuer, as a single string."
    ),
    "assertion_replayed": _client("client_assertion was used before."),
    "grant_type_missing": _request("grant_type is missing."),
    "grant_type_unsupported": Answer(
        400, "unsupported_grant_type", "This grant_type is not one of grant_types_supported."
    ),
    "code_missing": _request("code is missing."),
    "code_unknown": _grant("The code is not valid."),
    "code_of_another_client": _grant("The code is not valid."),
    "code_replayed": _grant("The code is not valid."),
    "code_expired": _grant("The code is not valid."),
    "code_redirect_uri": _grant("redirect_uri is not the one of the authorization request."),
    "verifier_missing": _grant("code_verifier is missing."),
    "verifier_unexpected": _grant(
        "code_verifier was sent, but the authorization request had no code_challenge."
    ),
    "verifier_malformed": _grant("code_verifier must be 43 to 128 unreserved characters."),
    "verifier_wrong": _grant("code_verifier does not match the code_challenge."),
    "refresh_token_missing": _request("refresh_token is missing."),
    "refresh_token_unknown": _grant("The refresh token is not valid."),
    "refresh_token_of_another_client": _grant("The refresh token is not valid."),
    "refresh_token_revoked": _grant("The refresh token is not valid."),
    "refresh_token_reused": _grant("The refresh token is not valid."),
    "scope_not_granted": Answer(
        400, "invalid_scope", "scope holds a value that was not granted before."
    ),
    "dpop_proof_missing": _proof("A proof in the header DPoP is needed."),
    "dpop_proof_repeated": _proof("There must be one DPoP header, with one proof."),
    "dpop_proof_refused": _proof("The DPoP proof was refused."),
    "dpop_proof_replayed": _proof("The DPoP proof was used before."),
    "dpop_key_of_code": _grant("The code is bound to another DPoP key."),
    "dpop_key_of_refresh_token": _grant("The refresh token is bound to another DPoP key."),
    "dpop_key_of_token": _token("The access token is bound to another DPoP key."),
    "token_under_other_scheme": _token(
        "Send the access token under the scheme that its token_type names: Bearer or DPoP."
    ),
    "revocation_token_missing": _request("token is missing."),
    "revocation_of_another_client": _grant("The token was issued to another client."),
    "token_missing": Answer(401, "", "An access token is needed."),
    "token_repeated": _request("The access token was sent in more than one way."),
    "token_invalid": _token("The access token is not valid."),
    "token_expired": _token("The access token has expired."),
    "token_revoked": _token("The access token is not valid."),
}
"""Every cause for which the simulator refuses something by itself."""


class Refused(Exception):
    """Something that the platform sent is refused for ``cause``, a name of `TABLE`.

    ``detail`` is for the developer: what was sent, what is configured.
    """

    def __init__(self, cause: str, **detail: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail

    def reference(self, issuer: str) -> str:
        """Return the address that explains it, as the provider's ``error_uri`` does.

        A suspension is the person's own no there: a platform learns nothing about it.
        """
        public = "person_said_no" if self.cause == "person_suspended" else self.cause
        return f"{issuer}/errors/{public}"

    @property
    def told(self) -> str:
        """What a developer reads of it in the journal: the description, and what was sent."""
        return " ".join([self.answer.description, *(f"{n}: {v}." for n, v in self.detail.items())])

    @property
    def answer(self) -> Answer:
        """How it is answered."""
        return TABLE[self.cause]
