"""The one table: what each internal cause looks like from outside.

``status`` is for pages and direct JSON answers (``at_resource``, if set, for those of an endpoint
that takes access tokens); ``code`` the OAuth or OpenID Connect error on the
wire, ``description`` its human text for developers (ASCII without quotes and backslashes, RFC 6749
§5.2); ``page`` the key of the words a person reads. Detail that helps an attacker has no place
here: it stays in the log.
"""

from __future__ import annotations

from idp.domain.refusal import Cause
from idp.protocol import causes_of_requests
from idp.protocol.outcomes import Outcome
from idp.protocol.outcomes import client as _client
from idp.protocol.outcomes import grant as _grant
from idp.protocol.outcomes import proof as _proof
from idp.protocol.outcomes import request as _request
from idp.protocol.outcomes import token as _token

TABLE: dict[Cause, Outcome] = {
    Cause.NOT_A_FORM: _request(
        "The body must be application/x-www-form-urlencoded.", page="not_a_form"
    ),
    Cause.MALFORMED_PARAMETERS: _request("A parameter is not well-formed UTF-8."),
    Cause.DUPLICATED_PARAMETER: _request("A parameter was sent more than once."),
    Cause.TOO_LARGE: _request("The request is too large.", page="too_large", status=413),
    Cause.NOT_FOUND: Outcome(404, "not_found", "There is nothing at this address.", "not_found"),
    Cause.METHOD_NOT_ALLOWED: Outcome(
        405, "method_not_allowed", "This address does not take this method.", "method_not_allowed"
    ),
    **causes_of_requests.ROWS,
    Cause.INTROSPECTED_TOKEN_MISSING: _request("token is missing."),
    Cause.CLIENT_AUTHENTICATION_MISSING: _client("The client did not authenticate."),
    Cause.CLIENT_AUTHENTICATION_REPEATED: _request(
        "The client used more than one authentication method."
    ),
    Cause.CLIENT_AUTHENTICATION_METHOD: _client(
        "The authentication method is not the registered one."
    ),
    Cause.CLIENT_AUTHENTICATION_FAILED: _client("Client authentication failed."),
    Cause.ASSERTION_MALFORMED: _client("client_assertion is not a well-formed signed JWT."),
    Cause.ASSERTION_REFUSED: _client("client_assertion was refused."),
    Cause.ASSERTION_AUDIENCE: _client(
        "The aud of client_assertion must be the issuer, as a single string."
    ),
    Cause.ASSERTION_REPLAYED: _client("client_assertion was used before."),
    Cause.REGISTRATION_TOKEN_MISSING: Outcome(401, "", "A registration token is needed."),
    Cause.REGISTRATION_TOKEN_REFUSED: _token("The token is not valid here."),
    Cause.CLIENT_METADATA_REFUSED: Outcome(
        400, "invalid_client_metadata", "The client metadata was refused."
    ),
    Cause.REDIRECT_URI_REFUSED: Outcome(400, "invalid_redirect_uri", "A redirect URI was refused."),
    Cause.SOFTWARE_STATEMENT_REFUSED: Outcome(
        400, "invalid_software_statement", "The software statement was refused."
    ),
    Cause.SOFTWARE_STATEMENT_UNAPPROVED: Outcome(
        400, "unapproved_software_statement", "The issuer of the software statement is not trusted."
    ),
    Cause.GRANT_TYPE_MISSING: _request("grant_type is missing."),
    Cause.GRANT_TYPE_UNSUPPORTED: Outcome(
        400, "unsupported_grant_type", "This grant_type is not one of grant_types_supported."
    ),
    Cause.GRANT_TYPE_NOT_REGISTERED: Outcome(
        400, "unauthorized_client", "The client did not register this value among its grant_types."
    ),
    Cause.CODE_MISSING: _request("code is missing."),
    # One description for all of these: who stole a code reads nothing in a client's own words. The
    # code tells the developer which it was, and a thief no more than trying again would.
    Cause.CODE_UNKNOWN: _grant("The code is not valid."),
    Cause.CODE_OF_ANOTHER_CLIENT: _grant("The code is not valid."),
    Cause.CODE_REPLAYED: _grant("The code is not valid."),
    Cause.CODE_EXPIRED: _grant("The code is not valid."),
    Cause.CODE_REVOKED: _grant("The code is not valid."),
    Cause.CODE_REDIRECT_URI: _grant("redirect_uri is not the one of the authorization request."),
    Cause.VERIFIER_MISSING: _grant("code_verifier is missing."),
    Cause.VERIFIER_UNEXPECTED: _grant(
        "code_verifier was sent, but the authorization request had no code_challenge."
    ),
    Cause.VERIFIER_MALFORMED: _grant("code_verifier must be 43 to 128 unreserved characters."),
    Cause.VERIFIER_WRONG: _grant("code_verifier does not match the code_challenge."),
    Cause.DPOP_JKT_MALFORMED: _request("dpop_jkt must be a SHA-256 thumbprint in base64url."),
    Cause.DPOP_JKT_CONTRADICTED: _request("dpop_jkt names another key than the DPoP proof."),
    Cause.DPOP_PROOF_MISSING: _proof("A proof in the header DPoP is needed."),
    Cause.DPOP_PROOF_REPEATED: _proof("There must be one DPoP header, with one proof."),
    Cause.DPOP_PROOF_REFUSED: _proof("The DPoP proof was refused."),
    Cause.DPOP_PROOF_REPLAYED: _proof("The DPoP proof was used before."),
    Cause.DPOP_NONCE_NEEDED: _proof(
        "Send a new DPoP proof with the nonce of the DPoP-Nonce header.", code="use_dpop_nonce"
    ),
    Cause.DPOP_KEY_OF_CODE: _grant("The code is bound to another DPoP key."),
    Cause.DPOP_KEY_OF_TOKEN: _token("The access token is bound to another DPoP key."),
    Cause.TOKEN_UNDER_OTHER_SCHEME: _token(
        "Send the access token under the scheme that its token_type names: Bearer or DPoP."
    ),
    Cause.REFRESH_TOKEN_MISSING: _request("refresh_token is missing."),
    Cause.REFRESH_TOKEN_UNKNOWN: _grant("The refresh token is not valid."),
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: _grant("The refresh token is not valid."),
    Cause.REFRESH_TOKEN_REVOKED: _grant("The refresh token is not valid."),
    Cause.REFRESH_TOKEN_EXPIRED: _grant("The refresh token is not valid."),
    Cause.REFRESH_TOKEN_REUSED: _grant("The refresh token is not valid."),
    Cause.DPOP_KEY_OF_REFRESH_TOKEN: _grant("The refresh token is bound to another DPoP key."),
    Cause.SCOPE_NOT_GRANTED: Outcome(
        400, "invalid_scope", "scope holds a value that was not granted before."
    ),
    Cause.REVOCATION_TOKEN_MISSING: _request("token is missing."),
    Cause.REVOCATION_OF_ANOTHER_CLIENT: _grant("The token was issued to another client."),
    Cause.REVOCATION_UNSUPPORTED: Outcome(
        400, "unsupported_token_type", "Tokens of this type cannot be revoked."
    ),
    Cause.TOKEN_MISSING: Outcome(401, "", "An access token is needed."),
    Cause.TOKEN_REPEATED: _request("The access token was sent in more than one way."),
    Cause.TOKEN_INVALID: _token("The access token is not valid."),
    Cause.TOKEN_EXPIRED: _token("The access token has expired."),
    Cause.TOKEN_REVOKED: _token("The access token is not valid."),
    Cause.TOKEN_OF_DISABLED_CLIENT: _token("The client of this access token is disabled."),
    Cause.TOKEN_SCOPE: Outcome(
        403, "insufficient_scope", "The access token lacks the scope that is needed here."
    ),
    Cause.CSRF_FAILED: Outcome(
        403, "csrf_failed", "The form is not from this session.", "csrf_failed"
    ),
    Cause.COOKIE_MISSING: Outcome(
        403, "cookie_missing", "The form came without the cookie of its page.", "cookie_missing"
    ),
    Cause.INTERACTION_INVALID: Outcome(
        400, "interaction_invalid", "This sign-in cannot be continued.", "session_tampered"
    ),
    Cause.INTERACTION_EXPIRED: Outcome(
        400, "interaction_expired", "This sign-in took too long.", "expired_interaction"
    ),
    Cause.PERSONA_UNKNOWN: Outcome(
        400, "persona_unknown", "There is no such persona.", "persona_unknown"
    ),
    Cause.PASSKEY_REFUSED: Outcome(
        400, "passkey_refused", "The passkey was not accepted.", "invalid_passkey"
    ),
    Cause.PASSKEY_UNKNOWN: Outcome(
        400, "passkey_unknown", "The passkey is not known here.", "invalid_passkey"
    ),
    Cause.PASSKEY_IS_THE_LAST: Outcome(
        409, "passkey_is_the_last", "The last passkey cannot be removed.", "passkeys_unchanged"
    ),
    Cause.PASSKEY_GONE: Outcome(
        409, "passkey_gone", "There is no such passkey in this account.", "passkeys_unchanged"
    ),
    Cause.PASSKEYS_TOO_MANY: Outcome(
        409,
        "passkeys_too_many",
        "The account holds no more passkeys.",
        "passkeys_unchanged",
    ),
    Cause.CITIZEN_UNAVAILABLE: Outcome(
        409, "citizen_unavailable", "This citizen cannot be enrolled.", "persona_unknown"
    ),
    Cause.DECISION_MISSING: _request("Neither allow nor deny was chosen."),
    Cause.TOO_MANY_TRIES: Outcome(
        429, "too_many_tries", "Too many tries; wait before the next.", "too_many_tries"
    ),
    Cause.OPERATOR_LINK_INVALID: Outcome(
        400, "operator_link_invalid", "The one-time link is not valid.", "operator_link"
    ),
    Cause.OPERATOR_DISABLED: Outcome(
        403, "operator_disabled", "This operator is disabled.", "operator_disabled"
    ),
    Cause.ROLE_MISSING: Outcome(403, "role_missing", "This needs another role.", "role_missing"),
    Cause.RECOVERY_CODE_MISTYPED: Outcome(
        400, "recovery_code_mistyped", "The recovery code is mistyped.", "recovery_code"
    ),
    Cause.RECOVERY_CODE_REFUSED: Outcome(
        400, "recovery_code_refused", "The recovery code is not valid.", "recovery_code"
    ),
    Cause.RECOVERY_PENDING: Outcome(
        409, "recovery_pending", "Another recovery is under way.", "recovery_pending"
    ),
    Cause.RECOVERY_ENDED: Outcome(
        400, "recovery_ended", "This recovery cannot be continued.", "recovery_ended"
    ),
    Cause.RENEWED_TOO_RECENTLY: Outcome(
        409,
        "renewed_too_recently",
        "This network ID cannot be renewed yet.",
        "renewed_too_recently",
    ),
    Cause.PROPOSAL_CLOSED: Outcome(
        409, "proposal_closed", "The proposal is not open any more.", "proposal_closed"
    ),
    Cause.SELF_APPROVAL: Outcome(
        403, "self_approval", "A proposal needs a second operator.", "self_approval"
    ),
    Cause.APPEAL_REFUSED: Outcome(
        409, "appeal_refused", "This objection cannot be taken now.", "appeal_refused"
    ),
    Cause.ENROLMENT_CODE_UNKNOWN: Outcome(
        400,
        "enrolment_code_unknown",
        "This proof of identity was used before, or its time is over.",
        "enrolment_code_unknown",
    ),
    Cause.ENROLMENT_BUSY: Outcome(
        409, "enrolment_busy", "This identity is being enrolled at this moment.", "enrolment_busy"
    ),
    Cause.ENROLMENT_COOLING_OFF: Outcome(
        409,
        "enrolment_cooling_off",
        "This identity cannot be enrolled yet.",
        "enrolment_cooling_off",
    ),
    Cause.UNAVAILABLE: Outcome(
        503, "temporarily_unavailable", "Try again in a moment.", "unavailable"
    ),
    Cause.OVERLOADED: Outcome(
        503,
        "temporarily_unavailable",
        "More requests came than can be served; try again after Retry-After.",
        "unavailable",
    ),
    Cause.SERVER_ERROR: Outcome(
        500, "server_error", "Something broke on our side.", "server_error"
    ),
}


def outcome(cause: Cause) -> Outcome:
    """Return how ``cause`` is answered. Every cause has a row; a test holds this to it."""
    return TABLE[cause]
