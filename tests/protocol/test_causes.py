"""The one table of causes: complete, and speaking the standards' language."""

import re
from pathlib import Path
from typing import Final

import pytest

import idp
from idp.domain.refusal import Cause
from idp.protocol.causes import TABLE, outcome
from idp.protocol.outcomes import Outcome
from idp.web.words_errors import ERROR_TEXTS, GENERIC

# RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 7009 §2.2.1; RFC 7591 §3.2.2; RFC 8707 §2; RFC 9449
# §12.2; OpenID Connect Core §3.1.2.6; and OpenID Connect Unmet Authentication Requirements 1.0.
REGISTERED: Final = {
    *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "invalid_token"),
    *("unauthorized_client", "unsupported_grant_type", "unsupported_response_type"),
    *("access_denied", "server_error", "temporarily_unavailable", "insufficient_scope"),
    *("login_required", "consent_required", "account_selection_required", "invalid_target"),
    *("registration_not_supported", "invalid_request_uri", "invalid_request_object"),
    *("invalid_client_metadata", "invalid_redirect_uri"),
    *("invalid_software_statement", "unapproved_software_statement"),
    *("unmet_authentication_requirements", "invalid_dpop_proof", "use_dpop_nonce"),
    "unsupported_token_type",
}
ON_PAGES_ONLY: Final = {
    *("not_found", "method_not_allowed", "csrf_failed", "cookie_missing"),
    *("interaction_invalid", "interaction_expired", "persona_unknown"),
    *("passkey_refused", "passkey_unknown"),
    *("citizen_unavailable", "too_many_tries", "operator_link_invalid", "role_missing"),
    "operator_disabled",
    *("recovery_code_mistyped", "recovery_code_refused", "recovery_pending", "recovery_ended"),
    "renewed_too_recently",
    *("proposal_closed", "self_approval", "appeal_refused"),
    *("enrolment_code_unknown", "enrolment_busy", "enrolment_cooling_off"),
    *("passkey_is_the_last", "passkey_gone", "passkeys_too_many"),
}
# RFC 6750 §3.1: no error code where no authentication was tried.
WITHOUT_CODE: Final = {Cause.TOKEN_MISSING, Cause.REGISTRATION_TOKEN_MISSING}
SOURCES: Final = [
    path.read_text(encoding="utf-8")
    for path in Path(idp.__path__[0]).rglob("*.py")
    if path.name not in {"refusal.py", "causes.py", "causes_of_requests.py"}
    and path.parent.name != "reference"
]


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_row(cause: Cause):
    assert isinstance(outcome(cause), Outcome)


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.spec("RFC 6750 §3")
@pytest.mark.parametrize("cause", Cause)
def test_a_description_is_plain_ascii_that_fits_a_header(cause: Cause):
    assert re.fullmatch(r"[ !#-\[\]-~]{5,120}", TABLE[cause].description)


@pytest.mark.parametrize("cause", Cause)
def test_a_code_is_a_registered_one_or_stands_on_pages_only(cause: Cause):
    code = TABLE[cause].code
    assert code in REGISTERED | ON_PAGES_ONLY or (code == "" and cause in WITHOUT_CODE)


@pytest.mark.parametrize("cause", Cause)
def test_a_status_is_the_clients_fault_or_honestly_ours(cause: Cause):
    ours = {Cause.SERVER_ERROR: 500, Cause.UNAVAILABLE: 503, Cause.OVERLOADED: 503}
    assert TABLE[cause].status == ours.get(cause, TABLE[cause].status)
    assert (TABLE[cause].status >= 500) == (cause in ours)


@pytest.mark.parametrize("cause", Cause)
def test_a_page_has_words_of_its_own(cause: Cause):
    assert TABLE[cause].page in ERROR_TEXTS
    assert TABLE[cause].page != GENERIC


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_raised_somewhere(cause: Cause):
    """A cause that nobody raises is a promise that nobody keeps."""
    assert any(f"Cause.{cause.name}" in source for source in SOURCES)


def test_a_suspension_and_a_no_are_one_answer():
    assert TABLE[Cause.PERSON_SUSPENDED] == TABLE[Cause.PERSON_SAID_NO]


def test_a_stolen_code_learns_nothing():
    told = {cause: TABLE[cause] for cause in Cause if cause.name.startswith("CODE_")}
    for cause in (Cause.CODE_MISSING, Cause.CODE_REDIRECT_URI):
        del told[cause]
    assert len(set(told.values())) == 1
