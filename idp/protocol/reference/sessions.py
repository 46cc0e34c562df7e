"""Entries about what the person has to do, told back to the client, and about signing out."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference.entry import Audience, Entry, Section, Where

_CORE: Final = "OpenID Connect Core 1.0"
_LOGOUT: Final = "OpenID Connect RP-Initiated Logout 1.0"
_PERSON: Final = (Where.REDIRECT,)

_OF_THE_PERSON: Final = {
    Cause.LOGIN_REQUIRED: Entry(
        "Somebody has to sign in, and prompt=none forbids to ask; or another person signed in than "
        "the one that was asked for.",
        (
            ("Nobody is signed in. This is an ordinary answer.", "Ask again without prompt=none."),
            (
                "The sign-in is older than max_age, or too weak for acr.",
                "Ask again without prompt=none; the person signs in anew.",
            ),
            ("id_token_hint or sub names another person.", "End the platform's old session first."),
        ),
        _PERSON,
        f"{_CORE} §3.1.2.6",
        "prompt",
    ),
    Cause.CONSENT_REQUIRED: Entry(
        "The person has to be asked what to share, and prompt=none forbids it.",
        (
            ("They never said yes here, took it back, or it is a year old.", "Ask without none."),
            ("More is asked for than they agreed to.", "Ask without none when you need more."),
        ),
        _PERSON,
        f"{_CORE} §3.1.2.6",
        "prompt",
    ),
    Cause.ACCOUNT_SELECTION_REQUIRED: Entry(
        "The person has to choose an account, and prompt=none forbids it.",
        (("prompt=select_account was meant.", "Ask without prompt=none."),),
        _PERSON,
        f"{_CORE} §3.1.2.6",
        "prompt",
    ),
    Cause.AUTHENTICATION_REQUIREMENTS_UNMET: Entry(
        "acr was demanded as essential, and the person cannot sign in like that, or nobody can.",
        (
            ("The value is none of acr_values_supported.", "Demand one that discovery lists."),
            (
                "phrh was demanded, and the person owns no security key.",
                "Ask for it by acr_values, which is a wish, and read acr in the ID token.",
            ),
        ),
        (Where.REDIRECT, Where.PAR),
        "OpenID Connect Unmet Authentication Requirements 1.0 §2",
        "claims",
    ),
    Cause.PERSON_SAID_NO: Entry(
        "The request was denied: the person said no, or turned back.",
        (
            (
                "Saying no is a person's right, and an ordinary answer.",
                "Say that nothing happened, and offer your other way in.",
            ),
        ),
        _PERSON,
        "RFC 6749 §4.1.2.1",
    ),
    Cause.PERSON_SUSPENDED: Entry(
        "A person's account is suspended. Platforms are never told: they hear person_said_no.",
        (
            (
                "An authority asked for it, and two operators agreed.",
                "The person reads why on our page, and can object there.",
            ),
        ),
        (Where.PAGES,),
        "RFC 6749 §4.1.2.1",
        audience=Audience.PERSON,
    ),
}

_SIGNING_OUT: Final = {
    Cause.LOGOUT_HINT_INVALID: Entry(
        "id_token_hint is no ID token that this provider signed for a client.",
        (
            ("Another token was sent, often the access token.", "Send the ID token as you got it."),
            ("The ID token is of another issuer.", "Call the end_session_endpoint of its issuer."),
        ),
        (Where.LOGOUT,),
        f"{_LOGOUT} §4",
        "id_token_hint",
    ),
    Cause.LOGOUT_CLIENT_MISMATCH: Entry(
        "The ID token was issued to another client than client_id names.",
        (("Two clients of a platform share a session.", "Send the ID token of the same client."),),
        (Where.LOGOUT,),
        f"{_LOGOUT} §2",
        "client_id",
    ),
    Cause.LOGOUT_ADDRESS_MISMATCH: Entry(
        "post_logout_redirect_uri is none that the client registered for it, compared character by "
        "character; here the port counts for addresses of this machine too.",
        (
            (
                "The address is registered as a redirect URI only.",
                "Register it under post_logout_redirect_uris.",
            ),
            ("A slash, a port or a query differs.", "Compare them as the error page shows them."),
        ),
        (Where.LOGOUT,),
        f"{_LOGOUT} §3",
        "post_logout_redirect_uri",
    ),
}

SECTIONS: Final = (
    Section("Authorization requests: what the person has to do", _OF_THE_PERSON),
    Section("Signing out", _SIGNING_OUT),
)
