"""Entries about who a client is: authentication, and registration by clients."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference.entry import Entry, Section, Where

_ENDPOINTS: Final = (Where.TOKEN, Where.PAR, Where.INTROSPECT, Where.REVOKE)
_REGISTER: Final = (Where.REGISTER,)
_METHOD: Final = "token_endpoint_auth_method"

_AUTHENTICATION: Final = {
    Cause.CLIENT_AUTHENTICATION_MISSING: Entry(
        "The request says nothing of who the client is.",
        (
            ("The secret is not configured.", "Give it to the library, with the client id."),
            ("A proxy drops the header Authorization.", "Let it pass."),
        ),
        _ENDPOINTS,
        "RFC 6749 §3.2.1",
        "client_id",
    ),
    Cause.CLIENT_AUTHENTICATION_REPEATED: Entry(
        "The client proved who it is in two ways at once.",
        (
            (
                "The secret is in the header Authorization and in the body.",
                "Send it in one place: the registered one.",
            ),
        ),
        _ENDPOINTS,
        "RFC 6749 §2.3",
        _METHOD,
    ),
    Cause.CLIENT_AUTHENTICATION_METHOD: Entry(
        "The client proved who it is by another method than it registered. The answer names both.",
        (
            (
                "The library's default is another one.",
                "Set token_endpoint_auth_method in the library to the registered value.",
            ),
            (
                "The registration is not what you want.",
                "Have token_endpoint_auth_method changed there.",
            ),
            ("No secret was sent, which counts as none.", "Configure the secret."),
        ),
        _ENDPOINTS,
        "OpenID Connect Core 1.0 §9",
        _METHOD,
    ),
    Cause.CLIENT_AUTHENTICATION_FAILED: Entry(
        "The client is not known, or its secret is not right; which of them is not said.",
        (
            ("The secret is an old one, or of another client.", "Put in the current one."),
            ("A line end was copied with it.", "Strip it; a secret has no spaces."),
            (
                "client_secret_basic without encoding.",
                "Form-encode id and secret each before they are joined by a colon.",
            ),
            ("The body names another client_id.", "Send the one that authenticates."),
        ),
        _ENDPOINTS,
        "RFC 6749 §5.2",
        "client_secret",
    ),
    Cause.ASSERTION_MALFORMED: Entry(
        "client_assertion is no signed JWT with a sub, or client_assertion_type is not the one "
        "for JWTs.",
        (
            (
                "client_assertion_type is missing or mistyped.",
                "Send urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
            ),
            ("iss was set and sub forgotten.", "Set both to the client id."),
        ),
        _ENDPOINTS,
        "RFC 7523 §2.2",
        "client_assertion",
    ),
    Cause.ASSERTION_REFUSED: Entry(
        "The assertion's signature does not hold, or a claim in it is not as it must be. The "
        "answer says which.",
        (
            (
                "The key is not in the client's jwks, or not yet at its jwks_uri.",
                "Publish the key before it signs, and name it by kid.",
            ),
            ("Signed by another algorithm than registered.", "Use the one that the answer names."),
            ("The clock of the platform is wrong.", "Synchronise it; ten seconds are forgiven."),
            (
                "exp is over an hour ahead, or jti is missing.",
                "Give it a minute and a random jti.",
            ),
        ),
        _ENDPOINTS,
        "RFC 7523 §3",
        "client_assertion",
    ),
    Cause.ASSERTION_AUDIENCE: Entry(
        "aud of the assertion is not this provider's issuer, as a single string.",
        (
            (
                "The library sends a list, or the address of the endpoint.",
                "Set aud to the issuer exactly as the discovery document writes it.",
            ),
        ),
        _ENDPOINTS,
        "RFC 10070 §4",
        "aud",
    ),
    Cause.ASSERTION_REPLAYED: Entry(
        "An assertion with this jti was used before.",
        (
            ("One assertion is kept and sent again.", "Sign one for each request."),
            ("The library retried by itself.", "Let it sign anew for each try."),
        ),
        _ENDPOINTS,
        "RFC 7523 §3",
        "jti",
    ),
}

_REGISTRATION: Final = {
    Cause.REGISTRATION_TOKEN_MISSING: Entry(
        "Who registers here needs an invitation, and who manages a client its registration token.",
        (("No bearer token was sent.", "Send Authorization: Bearer with the token."),),
        _REGISTER,
        "RFC 7591 §3",
        "Authorization",
    ),
    Cause.REGISTRATION_TOKEN_REFUSED: Entry(
        "The token is not valid here: unknown, used up, over, or of another client.",
        (
            ("The invitation was used, or is too old.", "Ask the operator for another one."),
            ("The token changed at the last update.", "Keep the one of the newest answer."),
        ),
        _REGISTER,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.CLIENT_METADATA_REFUSED: Entry(
        "A member of the metadata is missing, or not what can be registered. The answer names it.",
        (
            ("A value is not supported.", "Compare it with the discovery document."),
            (
                "purpose or alternative is missing.",
                "Outside the sandbox both are needed: why you ask, and the other way in.",
            ),
            ("A document of yours could not be fetched.", "Serve it by https, without redirects."),
        ),
        _REGISTER,
        "RFC 7591 §3.2.2",
    ),
    Cause.REDIRECT_URI_REFUSED: Entry(
        "A redirect URI cannot be registered: https, http to this machine, or an app's own "
        "reversed-domain scheme, without fragment and without code, error, iss or state in its "
        "query.",
        (
            ("It is http on a real host.", "Serve it by https."),
            ("An app uses a scheme such as myapp:.", "Use one such as com.example.myapp:."),
        ),
        _REGISTER,
        "RFC 7591 §3.2.2",
        "redirect_uris",
    ),
    Cause.SOFTWARE_STATEMENT_REFUSED: Entry(
        "The software statement is missing, over, for another provider, or not signed as it must "
        "be.",
        (
            ("typ, aud or exp is missing.", "All three are needed; typ software-statement+jwt."),
            ("It is over.", "Ask whoever issued it for a new one."),
        ),
        _REGISTER,
        "RFC 7591 §3.2.2",
        "software_statement",
    ),
    Cause.SOFTWARE_STATEMENT_UNAPPROVED: Entry(
        "Nobody here trusts the issuer of the software statement.",
        (("The issuer is not configured.", "Ask the operator which issuers are."),),
        _REGISTER,
        "RFC 7591 §3.2.2",
        "software_statement",
    ),
}

SECTIONS: Final = (
    Section("Client authentication", _AUTHENTICATION),
    Section("Registration", _REGISTRATION),
)
