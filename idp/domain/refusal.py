"""Why something was refused: the internal cause, and the exception that carries it.

A cause is named once, here, for every layer. What the outside sees of it (HTTP status, wire code,
page) stands in the one table of ``idp.protocol.causes``; nothing else decides that.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.mismatch import Mismatch


class Cause(StrEnum):
    """The stable name of a reason to refuse; shown to integrators as the error code."""

    # What arrived cannot be read.
    NOT_A_FORM = auto()
    MALFORMED_PARAMETERS = auto()
    DUPLICATED_PARAMETER = auto()
    TOO_LARGE = auto()
    NOT_FOUND = auto()
    METHOD_NOT_ALLOWED = auto()

    # Authorization request: told on a page, because nobody to redirect to is known yet.
    CLIENT_ID_MISSING = auto()
    UNKNOWN_CLIENT = auto()
    CLIENT_DISABLED = auto()
    REDIRECT_URI_MISSING = auto()
    REDIRECT_URI_MISMATCH = auto()
    PUSHED_REQUEST_UNKNOWN = auto()
    PUSHED_REQUEST_EXPIRED = auto()
    PUSHED_REQUEST_OF_ANOTHER_CLIENT = auto()
    PUSHED_REQUEST_OF_ANOTHER_BROWSER = auto()
    REQUEST_TWO_WAYS = auto()
    REQUEST_OBJECT_REFUSED = auto()
    REQUEST_OBJECT_CLIENT = auto()
    REQUEST_OBJECT_AUDIENCE = auto()
    REQUEST_OBJECT_TIME = auto()
    REQUEST_OBJECT_NESTED = auto()
    REQUEST_OBJECT_REPLAYED = auto()
    REQUEST_URI_NOT_REGISTERED = auto()
    REQUEST_URI_FAILED = auto()

    # Authorization request: told to the client.
    RESPONSE_TYPE_MISSING = auto()
    RESPONSE_TYPE_UNSUPPORTED = auto()
    RESPONSE_MODE_UNSUPPORTED = auto()
    REQUEST_SIGNATURE_REQUIRED = auto()
    REGISTRATION_UNSUPPORTED = auto()
    RESOURCE_UNKNOWN = auto()
    RESOURCES_SEVERAL = auto()
    RESOURCE_WITHOUT_SCOPE = auto()
    SCOPE_MISSING = auto()
    SCOPE_WITHOUT_OPENID = auto()
    SCOPE_NOT_ALLOWED = auto()
    SCOPE_NEEDS_PERSON = auto()
    PKCE_REQUIRED = auto()
    PKCE_METHOD_MISSING = auto()
    PKCE_METHOD_UNSUPPORTED = auto()
    PKCE_CHALLENGE_MALFORMED = auto()
    PROMPT_UNKNOWN = auto()
    PROMPT_CONTRADICTORY = auto()
    DISPLAY_UNKNOWN = auto()
    MAX_AGE_MALFORMED = auto()
    CLAIMS_MALFORMED = auto()
    PARAMETER_TOO_LONG = auto()
    ID_TOKEN_HINT_INVALID = auto()
    LOGIN_REQUIRED = auto()
    CONSENT_REQUIRED = auto()
    ACCOUNT_SELECTION_REQUIRED = auto()
    AUTHENTICATION_REQUIREMENTS_UNMET = auto()
    PERSON_SAID_NO = auto()
    PERSON_SUSPENDED = auto()
    PUSHED_REQUEST_REQUIRED = auto()
    PUSHED_REQUEST_USED = auto()
    PUSHED_REQUEST_NESTED = auto()

    # The end session endpoint: told on a page, from which one can still sign out.
    LOGOUT_HINT_INVALID = auto()
    LOGOUT_CLIENT_MISMATCH = auto()
    LOGOUT_ADDRESS_MISMATCH = auto()

    # Client authentication.
    CLIENT_AUTHENTICATION_MISSING = auto()
    CLIENT_AUTHENTICATION_REPEATED = auto()
    CLIENT_AUTHENTICATION_METHOD = auto()
    CLIENT_AUTHENTICATION_FAILED = auto()
    ASSERTION_MALFORMED = auto()
    ASSERTION_REFUSED = auto()
    ASSERTION_AUDIENCE = auto()
    ASSERTION_REPLAYED = auto()

    # Registration by clients.
    REGISTRATION_TOKEN_MISSING = auto()
    REGISTRATION_TOKEN_REFUSED = auto()
    CLIENT_METADATA_REFUSED = auto()
    REDIRECT_URI_REFUSED = auto()
    SOFTWARE_STATEMENT_REFUSED = auto()
    SOFTWARE_STATEMENT_UNAPPROVED = auto()

    # Token request.
    GRANT_TYPE_MISSING = auto()
    GRANT_TYPE_UNSUPPORTED = auto()
    GRANT_TYPE_NOT_REGISTERED = auto()
    CODE_MISSING = auto()
    CODE_UNKNOWN = auto()
    CODE_OF_ANOTHER_CLIENT = auto()
    CODE_REPLAYED = auto()
    CODE_EXPIRED = auto()
    CODE_REVOKED = auto()
    CODE_REDIRECT_URI = auto()
    VERIFIER_MISSING = auto()
    VERIFIER_UNEXPECTED = auto()
    VERIFIER_MALFORMED = auto()
    VERIFIER_WRONG = auto()
    REFRESH_TOKEN_MISSING = auto()
    REFRESH_TOKEN_UNKNOWN = auto()
    REFRESH_TOKEN_OF_ANOTHER_CLIENT = auto()
    REFRESH_TOKEN_REVOKED = auto()
    REFRESH_TOKEN_EXPIRED = auto()
    REFRESH_TOKEN_REUSED = auto()
    SCOPE_NOT_GRANTED = auto()
    DPOP_KEY_OF_REFRESH_TOKEN = auto()

    # Revocation request.
    REVOCATION_TOKEN_MISSING = auto()
    REVOCATION_OF_ANOTHER_CLIENT = auto()
    REVOCATION_UNSUPPORTED = auto()

    # Proofs of possession (DPoP).
    DPOP_JKT_MALFORMED = auto()
    DPOP_JKT_CONTRADICTED = auto()
    DPOP_PROOF_MISSING = auto()
    DPOP_PROOF_REPEATED = auto()
    DPOP_PROOF_REFUSED = auto()
    DPOP_PROOF_REPLAYED = auto()
    DPOP_NONCE_NEEDED = auto()
    DPOP_KEY_OF_CODE = auto()
    DPOP_KEY_OF_TOKEN = auto()
    TOKEN_UNDER_OTHER_SCHEME = auto()
    # Introspection request.
    INTROSPECTED_TOKEN_MISSING = auto()

    # UserInfo request.
    TOKEN_MISSING = auto()
    TOKEN_REPEATED = auto()
    TOKEN_INVALID = auto()
    TOKEN_EXPIRED = auto()
    TOKEN_REVOKED = auto()
    TOKEN_OF_DISABLED_CLIENT = auto()
    TOKEN_SCOPE = auto()

    # The person's pages.
    CSRF_FAILED = auto()
    COOKIE_MISSING = auto()
    INTERACTION_INVALID = auto()
    INTERACTION_EXPIRED = auto()
    PERSONA_UNKNOWN = auto()
    PASSKEY_REFUSED = auto()
    PASSKEY_UNKNOWN = auto()
    PASSKEY_IS_THE_LAST = auto()
    PASSKEY_GONE = auto()
    PASSKEYS_TOO_MANY = auto()
    CITIZEN_UNAVAILABLE = auto()
    DECISION_MISSING = auto()
    TOO_MANY_TRIES = auto()
    RECOVERY_CODE_MISTYPED = auto()
    RECOVERY_CODE_REFUSED = auto()
    RECOVERY_PENDING = auto()
    RECOVERY_ENDED = auto()
    RENEWED_TOO_RECENTLY = auto()

    # Operators' pages.
    OPERATOR_LINK_INVALID = auto()
    OPERATOR_DISABLED = auto()
    ROLE_MISSING = auto()
    PROPOSAL_CLOSED = auto()
    SELF_APPROVAL = auto()
    APPEAL_REFUSED = auto()
    ENROLMENT_CODE_UNKNOWN = auto()
    ENROLMENT_BUSY = auto()
    ENROLMENT_COOLING_OFF = auto()

    # Ours.
    UNAVAILABLE = auto()
    OVERLOADED = auto()
    SERVER_ERROR = auto()


class Refusal(Exception):
    """Something was refused for ``cause``.

    ``mismatch`` is what was sent beside what would have been taken, where the cause is about that.
    ``detail`` holds names and values for the page or the integrator (for example the parameter
    that was sent twice). Neither holds a bearer value, a person, or another client's data.
    """

    def __init__(self, cause: Cause, mismatch: Mismatch | None = None, /, **detail: str) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.mismatch = mismatch
        self.detail: Mapping[str, str] = detail
