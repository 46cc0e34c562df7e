"""Entries of what no platform causes: people's pages, operators' pages, and faults of ours."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference.entry import (
    Entry,
    Section,
    Where,
    of_operator,
    of_person,
)

_ANYWHERE: Final = (Where.ANYWHERE,)
_BEGIN: Final = "Begin the sign-in again at the platform."

_REQUESTS: Final = {
    Cause.NOT_A_FORM: Entry(
        "The body is not application/x-www-form-urlencoded.",
        (("It was sent as JSON.", "Post a form, and say so in Content-Type."),),
        _ANYWHERE,
        "RFC 6749 Appendix B",
        "Content-Type",
    ),
    Cause.MALFORMED_PARAMETERS: Entry(
        "A parameter is not UTF-8, has a control character, or broken percent-encoding.",
        (("A % was not encoded.", "Build addresses with your library, not by joining text."),),
        _ANYWHERE,
        "RFC 6749 Appendix B",
    ),
    Cause.DUPLICATED_PARAMETER: Entry(
        "A parameter was sent more than once: two readers could see two values.",
        (
            ("The authorization_endpoint was given a query of its own.", "Take it from discovery."),
            ("resource or scope was sent once for each value.", "Join scopes by spaces."),
        ),
        _ANYWHERE,
        "RFC 6749 §3.1",
    ),
    Cause.TOO_LARGE: Entry(
        "The request is larger than anything that is ever needed, or has over a hundred fields.",
        (("The platform's data travels in state.", "Keep it in your session."),),
        _ANYWHERE,
        "RFC 9110 §15.5.14",
    ),
    Cause.NOT_FOUND: Entry(
        "There is nothing at this address.",
        (
            (
                "An endpoint was guessed, or the path is lost.",
                "Take it from the discovery document.",
            ),
        ),
        _ANYWHERE,
        "RFC 9110 §15.5.5",
    ),
    Cause.METHOD_NOT_ALLOWED: Entry(
        "The address does not take this method; the header Allow names those that it does.",
        (("/token was opened by GET.", "Post to it."),),
        _ANYWHERE,
        "RFC 9110 §15.5.6",
    ),
    Cause.TOO_MANY_TRIES: Entry(
        "There were too many tries from this browser or network; Retry-After says when to go on.",
        (("Something tries in a loop.", "Wait as long as Retry-After says, then try once."),),
        _ANYWHERE,
        "RFC 9110 §10.2.3",
    ),
}

_OURS: Final = {
    Cause.UNAVAILABLE: Entry(
        "The provider cannot answer now. Nothing was used up.",
        (("A database or a key store does not answer.", "Try again after Retry-After seconds."),),
        _ANYWHERE,
        "RFC 9110 §15.6.4",
    ),
    Cause.OVERLOADED: Entry(
        "More requests came than can be served. Nothing was used up.",
        (("Many people come at once.", "Try again after Retry-After seconds, which differ."),),
        _ANYWHERE,
        "RFC 9110 §15.6.4",
    ),
    Cause.SERVER_ERROR: Entry(
        "Something broke on our side. It is in the log, under the request id.",
        (("It is our fault.", "Tell the operator the request id and the time."),),
        _ANYWHERE,
        "RFC 9110 §15.6.1",
    ),
}

_PEOPLE: Final = {
    Cause.CSRF_FAILED: of_person(
        "The form is not from this session.",
        "Somebody signed in or out in another tab.",
        "Reload the page.",
    ),
    Cause.COOKIE_MISSING: of_person(
        "The form came without the cookie of its page.",
        "Cookies are blocked, or the browser lost them.",
        "Allow cookies, go back and reload the page.",
    ),
    Cause.INTERACTION_INVALID: of_person(
        "This sign-in cannot be continued.", "Part of the address is missing or changed.", _BEGIN
    ),
    Cause.INTERACTION_EXPIRED: of_person(
        "This sign-in took longer than half an hour.", "The tab was left open.", _BEGIN
    ),
    Cause.PERSONA_UNKNOWN: of_person(
        "There is no such practice person.", "The page is old.", "Reload it and choose again."
    ),
    Cause.PASSKEY_REFUSED: of_person(
        "The passkey was not accepted.", "It is of another site, or too late.", "Try another one."
    ),
    Cause.PASSKEY_UNKNOWN: of_person(
        "The passkey is not known here.", "It was removed from the account.", "Try another one."
    ),
    Cause.PASSKEY_IS_THE_LAST: of_person(
        "The last passkey cannot be removed.", "It is the only one.", "Add another one first."
    ),
    Cause.PASSKEY_GONE: of_person(
        "There is no such passkey in this account.", "It was removed in another tab.", "Reload."
    ),
    Cause.PASSKEYS_TOO_MANY: of_person(
        "The account holds as many passkeys as it can.", "There are very many.", "Remove one first."
    ),
    Cause.CITIZEN_UNAVAILABLE: of_person(
        "This practice citizen is taken.", "Somebody was faster.", "Choose another."
    ),
    Cause.DECISION_MISSING: of_person(
        "Neither allow nor deny was chosen.", "The form was sent by a script.", "Choose one."
    ),
    Cause.RECOVERY_CODE_MISTYPED: of_person(
        "The recovery code is mistyped.", "A character is wrong.", "Compare it with the paper."
    ),
    Cause.RECOVERY_CODE_REFUSED: of_person(
        "The recovery code is not valid.", "Newer codes took its place.", "Use the newest list."
    ),
    Cause.RECOVERY_PENDING: of_person(
        "Another recovery is under way.", "It was begun before.", "Wait for it, or stop it."
    ),
    Cause.RECOVERY_ENDED: of_person(
        "This recovery cannot be continued.", "It was stopped, or took too long.", "Begin again."
    ),
    Cause.RENEWED_TOO_RECENTLY: of_person(
        "This network ID cannot be renewed yet.", "It was renewed lately.", "The account says when."
    ),
    Cause.APPEAL_REFUSED: of_person(
        "This objection cannot be taken now.", "One is being decided.", "Wait for the answer."
    ),
    Cause.ENROLMENT_CODE_UNKNOWN: of_person(
        "This proof of identity cannot be used any more.", "It is used or over.", "Prove once more."
    ),
    Cause.ENROLMENT_BUSY: of_person(
        "This identity is being enrolled at this moment.",
        "There are two windows.",
        "Wait a minute.",
    ),
    Cause.ENROLMENT_COOLING_OFF: of_person(
        "This identity cannot be enrolled yet.", "An account was closed lately.", "Come back later."
    ),
}

_OPERATORS: Final = {
    Cause.OPERATOR_LINK_INVALID: of_operator(
        "The one-time link is not valid.", "It was used, or is a day old.", "Ask for a new one."
    ),
    Cause.OPERATOR_DISABLED: of_operator(
        "This operator is disabled.", "Somebody did it on purpose.", "Ask another operator."
    ),
    Cause.ROLE_MISSING: of_operator(
        "This needs another role.", "Roles are apart on purpose.", "Ask whoever has that role."
    ),
    Cause.PROPOSAL_CLOSED: of_operator(
        "The proposal is not open any more.", "It was decided, or is over.", "Propose it anew."
    ),
    Cause.SELF_APPROVAL: of_operator(
        "A proposal needs a second operator.", "It is your own.", "Ask another operator."
    ),
}

SECTIONS: Final = (
    Section("Requests of any kind", _REQUESTS),
    Section("When it is our fault", _OURS),
    Section("What people meet on our pages", _PEOPLE),
    Section("What operators meet", _OPERATORS),
)
