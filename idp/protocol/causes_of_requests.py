"""The rows of the one table that are about authorization requests, in the order of their checks."""

from __future__ import annotations

from idp.domain.refusal import Cause
from idp.protocol import outcomes
from idp.protocol.outcomes import Outcome

ROWS: dict[Cause, Outcome] = {
    Cause.CLIENT_ID_MISSING: outcomes.request("client_id is missing.", page="unknown_client"),
    Cause.UNKNOWN_CLIENT: outcomes.request(
        "No client is registered by this client_id.", page="unknown_client"
    ),
    # RFC 6749 §5.2: it is known who asks, and that they may not.
    Cause.CLIENT_DISABLED: Outcome(
        400,
        "unauthorized_client",
        "The operator of this provider has disabled this client.",
        "client_disabled",
    ),
    Cause.REDIRECT_URI_MISSING: outcomes.request(
        "redirect_uri is missing.", page="redirect_uri_mismatch"
    ),
    Cause.REDIRECT_URI_MISMATCH: outcomes.request(
        "redirect_uri is not one that the client registered.", page="redirect_uri_mismatch"
    ),
    # One description for all of these: whoever holds a stolen address learns nothing from it.
    Cause.PUSHED_REQUEST_UNKNOWN: outcomes.request_uri("The request_uri is not valid."),
    Cause.PUSHED_REQUEST_EXPIRED: outcomes.request_uri("The request_uri is not valid."),
    Cause.PUSHED_REQUEST_OF_ANOTHER_CLIENT: outcomes.request_uri("The request_uri is not valid."),
    Cause.PUSHED_REQUEST_OF_ANOTHER_BROWSER: outcomes.request_uri("The request_uri is not valid."),
    Cause.PUSHED_REQUEST_USED: outcomes.request_uri("The request_uri is not valid."),
    Cause.REQUEST_TWO_WAYS: outcomes.request("request and request_uri exclude each other."),
    Cause.REQUEST_OBJECT_REFUSED: outcomes.request_object("The request object was refused."),
    Cause.REQUEST_OBJECT_CLIENT: outcomes.request_object(
        "client_id and iss of the request object must be the client."
    ),
    Cause.REQUEST_OBJECT_AUDIENCE: outcomes.request_object(
        "aud of the request object must be, or hold, the issuer."
    ),
    Cause.REQUEST_OBJECT_TIME: outcomes.request_object(
        "exp, nbf or iat of the request object is not acceptable."
    ),
    Cause.REQUEST_OBJECT_NESTED: outcomes.request_object(
        "A request object carries neither request nor request_uri."
    ),
    Cause.REQUEST_OBJECT_REPLAYED: outcomes.request_object("The request object was used before."),
    Cause.REQUEST_URI_NOT_REGISTERED: outcomes.request_uri(
        "The request_uri is none that the client registered.", page="malformed_request"
    ),
    Cause.REQUEST_URI_FAILED: outcomes.request_uri(
        "There is no request object at the request_uri.", page="malformed_request"
    ),
    Cause.PUSHED_REQUEST_REQUIRED: outcomes.request(
        "This client sends authorization requests by way of /par only."
    ),
    Cause.PUSHED_REQUEST_NESTED: outcomes.request("A pushed request carries no request_uri."),
    Cause.RESPONSE_TYPE_MISSING: outcomes.request("response_type is missing."),
    Cause.RESPONSE_TYPE_UNSUPPORTED: outcomes.Outcome(
        400, "unsupported_response_type", "Only response_type=code is supported."
    ),
    Cause.RESPONSE_MODE_UNSUPPORTED: outcomes.request(
        "response_mode must be query, or form_post to a web address."
    ),
    Cause.REQUEST_SIGNATURE_REQUIRED: outcomes.request(
        "This client sends authorization requests as signed request objects only."
    ),
    Cause.REGISTRATION_UNSUPPORTED: outcomes.Outcome(
        400, "registration_not_supported", "The registration parameter is not supported."
    ),
    Cause.RESOURCE_UNKNOWN: outcomes.Outcome(
        400, "invalid_target", "There is no such resource, or it was not granted."
    ),
    Cause.RESOURCES_SEVERAL: outcomes.Outcome(
        400, "invalid_target", "One request asks at one resource; its scopes are of another."
    ),
    Cause.RESOURCE_WITHOUT_SCOPE: outcomes.Outcome(
        400, "invalid_scope", "scope holds nothing that this resource offers."
    ),
    Cause.SCOPE_MISSING: outcomes.Outcome(
        400, "invalid_scope", "scope must hold openid or a scope of a resource."
    ),
    Cause.SCOPE_WITHOUT_OPENID: outcomes.Outcome(
        400, "invalid_scope", "scope age goes with openid only."
    ),
    Cause.SCOPE_NOT_ALLOWED: outcomes.Outcome(
        400, "invalid_scope", "scope holds a value that this client did not register."
    ),
    Cause.SCOPE_NEEDS_PERSON: outcomes.Outcome(
        400, "invalid_scope", "A program has no openid, age or offline_access of its own."
    ),
    Cause.PKCE_REQUIRED: outcomes.request("code_challenge is required of this client."),
    Cause.PKCE_METHOD_MISSING: outcomes.request("code_challenge_method is missing; send S256."),
    Cause.PKCE_METHOD_UNSUPPORTED: outcomes.request("code_challenge_method must be S256."),
    Cause.PKCE_CHALLENGE_MALFORMED: outcomes.request(
        "code_challenge must be 43 base64url characters, sent with code_challenge_method=S256."
    ),
    Cause.PROMPT_UNKNOWN: outcomes.request(
        "prompt holds a value that prompt_values_supported has not."
    ),
    Cause.PROMPT_CONTRADICTORY: outcomes.request("prompt=none goes with no other value."),
    Cause.DISPLAY_UNKNOWN: outcomes.request("display must be page, popup, touch or wap."),
    Cause.MAX_AGE_MALFORMED: outcomes.request(
        "max_age must be a whole number of seconds, 0 or more."
    ),
    Cause.CLAIMS_MALFORMED: outcomes.request(
        "claims is not an object as OpenID Connect Core 5.5 says."
    ),
    Cause.PARAMETER_TOO_LONG: outcomes.request(
        "state may have 1024 characters, nonce 512, all parameters together 3840."
    ),
    Cause.ID_TOKEN_HINT_INVALID: outcomes.request(
        "id_token_hint is not an ID token that this issuer signed for this client."
    ),
    Cause.LOGIN_REQUIRED: outcomes.Outcome(400, "login_required", "The person needs to sign in."),
    Cause.CONSENT_REQUIRED: outcomes.Outcome(
        400, "consent_required", "The person needs to be asked."
    ),
    Cause.ACCOUNT_SELECTION_REQUIRED: outcomes.Outcome(
        400, "account_selection_required", "The person needs to choose an account."
    ),
    Cause.AUTHENTICATION_REQUIREMENTS_UNMET: outcomes.Outcome(
        400,
        "unmet_authentication_requirements",
        "The person could not sign in at the level that was asked for.",
    ),
    Cause.PERSON_SAID_NO: outcomes.Outcome(400, "access_denied", "The request was denied."),
    # The same words as a refusal by the person: a platform learns nothing about a suspension.
    Cause.PERSON_SUSPENDED: outcomes.Outcome(400, "access_denied", "The request was denied."),
    Cause.LOGOUT_HINT_INVALID: outcomes.request(
        "id_token_hint is not an ID token that this issuer signed for a client.", page="logout"
    ),
    Cause.LOGOUT_CLIENT_MISMATCH: outcomes.request(
        "id_token_hint was issued to another client than client_id.", page="logout"
    ),
    Cause.LOGOUT_ADDRESS_MISMATCH: outcomes.request(
        "post_logout_redirect_uri is not one that the client registered.", page="logout"
    ),
}
