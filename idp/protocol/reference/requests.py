"""Entries about authorization requests: first those that end on a page, then those told back."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference import sessions, wishes
from idp.protocol.reference.entry import Entry, Section, Where

_CORE: Final = "OpenID Connect Core 1.0"
_AGAIN: Final = "Send people to begin the sign-in again; push a new request for each."
_PAGE: Final = (Where.AUTHORIZE,)
_OBJECT: Final = (Where.AUTHORIZE, Where.PAR)

_ON_A_PAGE: Final = {
    Cause.CLIENT_ID_MISSING: Entry(
        "The request names no client.",
        (
            ("The setting for the client id is empty.", "Set it, and look at the address again."),
            ("client_id is only in the request object.", "Send it beside request too."),
        ),
        (Where.AUTHORIZE, Where.PAR),
        "RFC 6749 §4.1.1",
        "client_id",
    ),
    Cause.UNKNOWN_CLIENT: Entry(
        "Nobody is registered by this client_id.",
        (
            (
                "The client id is of another instance, such as the sandbox.",
                "Compare issuer and client id: both come from the same registration.",
            ),
            ("A character is missing, or a space was copied.", "Copy the client id anew."),
            ("The client was removed.", "Register it again; the operator knows when it went."),
        ),
        (Where.AUTHORIZE, Where.LOGOUT),
        "RFC 6749 §4.1.2.1",
        "client_id",
    ),
    Cause.CLIENT_DISABLED: Entry(
        "Whoever runs this provider has disabled the client. Nothing was taken back.",
        (
            (
                "The operator did it on purpose, often because a secret was published.",
                "Ask the operator. Enabled again, everything works as before.",
            ),
        ),
        (
            *(Where.AUTHORIZE, Where.PAGES, Where.PAR, Where.TOKEN, Where.INTROSPECT),
            *(Where.REVOKE, Where.REGISTER),
        ),
        "RFC 6749 §5.2",
        "client_id",
    ),
    Cause.REDIRECT_URI_MISSING: Entry(
        "The request has no redirect_uri. It is always needed, also where only one is registered.",
        (("The library was given none.", "Set it to a registered address, to the letter."),),
        (Where.AUTHORIZE, Where.PAR),
        f"{_CORE} §3.1.2.1",
        "redirect_uri",
    ),
    Cause.REDIRECT_URI_MISMATCH: Entry(
        "The redirect_uri is none that the client registered. They are compared character by "
        "character; only the port of an address of this machine (localhost, 127.0.0.1, [::1]) is "
        "free. Nobody is sent to an address that is not registered.",
        (
            (
                "They differ by a slash at the end, http for https, a capital, www., or a port.",
                "Compare them as the error page shows them, and mend the one that is wrong.",
            ),
            (
                "Behind a proxy the platform thinks that it is called http, or by an inner name.",
                "Set the public address, or let the framework trust X-Forwarded-Proto and -Host.",
            ),
            (
                "Values were put into its query.",
                "Keep them in your session under state; the address stays the same.",
            ),
            ("The address is new.", "Register it, then try again after two seconds."),
        ),
        (Where.AUTHORIZE, Where.PAR),
        "RFC 9700 §2.1",
        "redirect_uri",
    ),
    Cause.PUSHED_REQUEST_UNKNOWN: Entry(
        "The request_uri is none that /par gave, or it is over for good.",
        (
            ("It was used already, or the person said no.", _AGAIN),
            (
                "It was cut or changed on the way.",
                "Send it as /par gave it, encoded once.",
            ),
        ),
        (Where.AUTHORIZE, Where.PAGES),
        "RFC 9126 §4",
        "request_uri",
    ),
    Cause.PUSHED_REQUEST_EXPIRED: Entry(
        "No browser came with this request_uri within a minute.",
        (
            (
                "It was pushed when the page was made, not when the button was pressed.",
                "Push in the handler of the button, and redirect at once.",
            ),
            ("The person came back to an old tab.", _AGAIN),
        ),
        (Where.AUTHORIZE, Where.PAGES),
        "RFC 9126 §2.2",
        "request_uri",
    ),
    Cause.PUSHED_REQUEST_OF_ANOTHER_CLIENT: Entry(
        "Another client pushed this request.",
        (
            (
                "Two clients of a platform were mixed up.",
                "Send the client_id that authenticated at /par.",
            ),
        ),
        _PAGE,
        "RFC 9126 §2.2",
        "client_id",
    ),
    Cause.PUSHED_REQUEST_OF_ANOTHER_BROWSER: Entry(
        "Another browser opened this request first; it is bound to that one from then on.",
        (
            ("The address was sent by mail, or shown as a code to scan.", _AGAIN),
            ("The browser takes no cookies.", "Tell the person to allow them for this site."),
            ("A link preview opened the address first.", "Do not write request_uri into messages."),
        ),
        (Where.AUTHORIZE, Where.PAGES),
        "RFC 9126 §7.3",
        "request_uri",
    ),
    Cause.REQUEST_TWO_WAYS: Entry(
        "The request came by value and by reference at once.",
        (("request and request_uri were both sent.", "Send one of them."),),
        _OBJECT,
        "RFC 9101 §5",
        "request",
    ),
    Cause.REQUEST_OBJECT_REFUSED: Entry(
        "The request object could not be read, or its signature does not hold.",
        (
            (
                "It is signed by another algorithm than request_object_signing_alg, or by none.",
                "Sign with the registered one: RS256, PS256, ES256 or Ed25519.",
            ),
            (
                "The key is not at jwks_uri, or there are several and the header has no kid.",
                "Publish the key before it signs, and set kid. New keys are looked for every 30 s.",
            ),
            ("It has a sub, or a header member such as jku or x5c.", "Leave that out."),
            ("A parameter in it is neither text nor what it is for.", "Send parameters as text."),
        ),
        _OBJECT,
        "RFC 9101 §6.2",
        "request",
    ),
    Cause.REQUEST_OBJECT_CLIENT: Entry(
        "The request object is not by the client that sends it.",
        (
            (
                "client_id or iss in it is another than client_id beside it.",
                "Put the same client id in all three places.",
            ),
        ),
        _OBJECT,
        "RFC 9101 §5.2",
        "client_id",
    ),
    Cause.REQUEST_OBJECT_AUDIENCE: Entry(
        "The request object is not for this provider.",
        (
            (
                "aud is the address of an endpoint, or has a slash too many.",
                "Set aud to the issuer exactly as the discovery document writes it.",
            ),
        ),
        _OBJECT,
        "RFC 9101 §4",
        "aud",
    ),
    Cause.REQUEST_OBJECT_TIME: Entry(
        "The request object is over, not yet valid, or lives too long.",
        (
            ("The clock of the platform is wrong.", "Synchronise it; ten seconds are forgiven."),
            ("exp is missing or far away.", "Set exp to some minutes after nbf, an hour at most."),
            ("A cached object was sent again.", "Sign one for each request."),
        ),
        _OBJECT,
        "RFC 9101 §4",
        "exp",
    ),
    Cause.REQUEST_OBJECT_NESTED: Entry(
        "There is a request or a request_uri inside the request object.",
        (("The library wrapped the request twice.", "Sign the parameters themselves."),),
        _OBJECT,
        "RFC 9101 §4",
        "request",
    ),
    Cause.REQUEST_OBJECT_REPLAYED: Entry(
        "A request object with this jti was used before.",
        (
            ("The person went back, or reloaded.", "Sign a new object for every sign-in."),
            ("jti is not random.", "Draw 128 random bits for it."),
        ),
        _OBJECT,
        "RFC 9101 §10.2",
        "jti",
    ),
    Cause.REQUEST_URI_NOT_REGISTERED: Entry(
        "The request_uri is none that the client registered, and none that /par gave.",
        (
            (
                "It is not in request_uris to the letter, fragment included.",
                "Register it, or push the request to /par instead.",
            ),
        ),
        _PAGE,
        "RFC 9101 §10.4",
        "request_uri",
    ),
    Cause.REQUEST_URI_FAILED: Entry(
        "There was no request object at the registered request_uri.",
        (
            (
                "The answer was a redirect, an error, too slow, or of another content type.",
                "Answer 200 with application/oauth-authz-req+jwt and no redirect.",
            ),
            ("The host has no public address.", "Use /par, which fetches nothing."),
        ),
        _PAGE,
        "RFC 9101 §5.2.3",
        "request_uri",
    ),
}

SECTIONS: Final = (
    Section("Authorization requests that end on a page", _ON_A_PAGE),
    *wishes.SECTIONS,
    *sessions.SECTIONS,
)
