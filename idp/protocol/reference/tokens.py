"""Entries about tokens: getting them, and ending them."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference import access
from idp.protocol.reference.entry import Entry, Section, Where

_TOKEN: Final = (Where.TOKEN,)
_ONE_ANSWER: Final = "invalid_grant says the same for all of these: begin the sign-in again."

_REQUEST: Final = {
    Cause.GRANT_TYPE_MISSING: Entry(
        "The token request has no grant_type.",
        (("The body is JSON, or empty.", "Post a form: application/x-www-form-urlencoded."),),
        _TOKEN,
        "RFC 6749 §4.1.3",
        "grant_type",
    ),
    Cause.GRANT_TYPE_UNSUPPORTED: Entry(
        "This grant_type does not exist here.",
        (
            (
                "password, or an extension, was sent.",
                "Use the code flow; nobody has a password.",
            ),
        ),
        _TOKEN,
        "RFC 6749 §5.2",
        "grant_type",
    ),
    Cause.GRANT_TYPE_NOT_REGISTERED: Entry(
        "The client did not register this grant_type.",
        (
            (
                "refresh_token is not among its grant_types.",
                "Have it added, and ask for offline_access.",
            ),
        ),
        _TOKEN,
        "RFC 6749 §5.2",
        "grant_type",
    ),
    Cause.CODE_MISSING: Entry(
        "The token request has no code.",
        (("The redirect carried an error, and was taken for a yes.", "Look at error first."),),
        _TOKEN,
        "RFC 6749 §4.1.3",
        "code",
    ),
    Cause.CODE_UNKNOWN: Entry(
        "No such code was given, or it is long over.",
        (
            ("It was decoded twice, or cut.", "Send it as it stands after one decoding."),
            ("It is of another instance.", "Send it to the token_endpoint of the same issuer."),
        ),
        _TOKEN,
        "RFC 6749 §5.2",
        "code",
    ),
    Cause.CODE_OF_ANOTHER_CLIENT: Entry(
        "The code was given to another client.",
        (("Two clients share a callback.", "Redeem it as the client that asked."),),
        _TOKEN,
        "RFC 6749 §4.1.3",
        "code",
    ),
    Cause.CODE_REPLAYED: Entry(
        "The code was redeemed before, so everything that was given for it has ended.",
        (
            (
                "The callback ran twice: a reload, a retry, a prefetch.",
                "Redirect after a callback.",
            ),
            ("Somebody else has a copy.", "Have the person sign in again; look at your logs."),
        ),
        _TOKEN,
        "RFC 6749 §4.1.2",
        "code",
    ),
    Cause.CODE_EXPIRED: Entry(
        "The code is older than a minute.",
        (("It waited in a queue, or a debugger held it.", "Redeem it in the callback itself."),),
        _TOKEN,
        "RFC 6749 §4.1.2",
        "code",
    ),
    Cause.CODE_REVOKED: Entry(
        "What the code stood for was taken back meanwhile: by the person, or by an operator.",
        (("The person withdrew at that moment.", "Treat it as a no."),),
        _TOKEN,
        "RFC 6749 §5.2",
        "code",
    ),
    Cause.CODE_REDIRECT_URI: Entry(
        "redirect_uri is not the one of the authorization request, character by character. Which "
        "that was is not said: whoever stole a code would learn it.",
        (
            ("It is built anew, from another host name.", "Keep it with state, and send that one."),
            ("It was left out.", "Send it: it is needed where the first request had it."),
        ),
        _TOKEN,
        "RFC 6749 §4.1.3",
        "redirect_uri",
    ),
    Cause.VERIFIER_MISSING: Entry(
        "The sign-in began with a code_challenge, and no code_verifier came with the code.",
        (
            ("The session that held it was lost.", "Check the cookie: SameSite=Lax, same host."),
            ("Another library redeems the code.", "Let the one redeem that began."),
        ),
        _TOKEN,
        "RFC 7636 §4.6",
        "code_verifier",
    ),
    Cause.VERIFIER_UNEXPECTED: Entry(
        "A code_verifier came, and the sign-in began without a code_challenge.",
        (("The challenge was lost on the way.", "Look at the address that the browser opened."),),
        _TOKEN,
        "RFC 9700 §2.1.1",
        "code_verifier",
    ),
    Cause.VERIFIER_MALFORMED: Entry(
        "code_verifier is not 43 to 128 letters, digits, dots, hyphens, _ or ~ in a row.",
        (("It is too short, or has = or +.", "Draw 32 random bytes, base64url without padding."),),
        _TOKEN,
        "RFC 7636 §4.1",
        "code_verifier",
    ),
    Cause.VERIFIER_WRONG: Entry(
        "code_verifier does not belong to the code_challenge of this sign-in.",
        (
            ("Two tabs overwrote each other's.", "Keep one verifier for each state."),
            ("The challenge was made of other bytes.", "Hash the verifier's ASCII text."),
        ),
        _TOKEN,
        "RFC 7636 §4.6",
        "code_verifier",
    ),
    Cause.SCOPE_NEEDS_PERSON: Entry(
        "A program signs in for itself (client_credentials), so nothing of a person can be asked.",
        (("openid, age or offline_access stands in scope.", "Ask for scopes of the API only."),),
        _TOKEN,
        "RFC 6749 §4.4.2",
        "scope",
    ),
}

_REFRESH: Final = {
    Cause.REFRESH_TOKEN_MISSING: Entry(
        "The request has no refresh_token.",
        (("None was given.", "Ask for offline_access, and look whether scope granted it."),),
        _TOKEN,
        "RFC 6749 §6",
        "refresh_token",
    ),
    Cause.REFRESH_TOKEN_UNKNOWN: Entry(
        "No such refresh token was given, or its connection ended long ago.",
        (("It was cut when it was stored.", "Store it whole. " + _ONE_ANSWER),),
        _TOKEN,
        "RFC 6749 §5.2",
        "refresh_token",
    ),
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: Entry(
        "The refresh token was given to another client.",
        (("Two clients share a store.", "Keep refresh tokens apart, by client."),),
        _TOKEN,
        "RFC 6749 §6",
        "refresh_token",
    ),
    Cause.REFRESH_TOKEN_REVOKED: Entry(
        "The connection has ended: the person took it back, renewed their network ID, was "
        "suspended, or left; or you revoked it.",
        (("The person decided so.", "Ask them to sign in when they come next."),),
        _TOKEN,
        "RFC 6749 §6",
        "refresh_token",
    ),
    Cause.REFRESH_TOKEN_EXPIRED: Entry(
        "The connection is over: 30 days without use, 365 days in all, or the end of the yes that "
        "it stands on.",
        (("It was not used for a month.", "Ask the person to sign in again."),),
        _TOKEN,
        "RFC 6749 §6",
        "refresh_token",
    ),
    Cause.REFRESH_TOKEN_REUSED: Entry(
        "An old refresh token came after its successor was used, so somebody has a copy, and the "
        "whole connection has ended.",
        (
            ("The answer was lost before it was stored.", "Store the new token before using it."),
            ("Several processes refresh the same one.", "Let one of them refresh."),
        ),
        _TOKEN,
        "RFC 9700 §4.14.2",
        "refresh_token",
    ),
    Cause.SCOPE_NOT_GRANTED: Entry(
        "scope holds a value that was not granted at the sign-in. A refresh may ask for less only.",
        (("The scope grew with a new version.", "Send the person through a new sign-in for it."),),
        _TOKEN,
        "RFC 6749 §6",
        "scope",
    ),
    Cause.DPOP_KEY_OF_REFRESH_TOKEN: Entry(
        "The refresh token is bound to another DPoP key.",
        (("The key was drawn anew, on a restart for example.", "Keep the key with the token."),),
        _TOKEN,
        "RFC 9449 §5",
        "DPoP",
    ),
    Cause.REVOCATION_TOKEN_MISSING: Entry(
        "The revocation request has no token.",
        (("It was sent under another name.", "Send it as token."),),
        (Where.REVOKE,),
        "RFC 7009 §2.1",
        "token",
    ),
    Cause.REVOCATION_OF_ANOTHER_CLIENT: Entry(
        "The token was given to another client.",
        (("Two clients share a store.", "Revoke it as the client that it was given to."),),
        (Where.REVOKE,),
        "RFC 7009 §2.1",
        "token",
    ),
    Cause.REVOCATION_UNSUPPORTED: Entry(
        "Tokens of this type cannot be revoked.",
        (("An ID token was sent.", "Send the refresh token or the access token."),),
        (Where.REVOKE,),
        "RFC 7009 §2.2.1",
        "token",
    ),
    Cause.INTROSPECTED_TOKEN_MISSING: Entry(
        "The introspection request has no token.",
        (("It was sent as a bearer token.", "Send it in the body, as token."),),
        (Where.INTROSPECT,),
        "RFC 7662 §2.1",
        "token",
    ),
}

SECTIONS: Final = (
    Section("Token requests", _REQUEST),
    Section("Refreshing, revoking, introspecting", _REFRESH),
    *access.SECTIONS,
)
