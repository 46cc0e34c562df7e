"""Entries about authorization requests whose refusal is told back: their form and their wishes."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference.entry import Entry, Section, Where

_CORE: Final = "OpenID Connect Core 1.0"
_BACK: Final = (Where.REDIRECT, Where.PAR)
_PERSON: Final = (Where.REDIRECT,)

_FORM: Final = {
    Cause.RESPONSE_MODE_UNSUPPORTED: Entry(
        "response_mode is neither query nor form_post, or form_post to an app's own scheme.",
        (("The library asks for fragment, or for jwt.", "Leave response_mode out."),),
        _BACK,
        "OAuth 2.0 Multiple Response Type Encoding Practices §2.1",
        "response_mode",
    ),
    Cause.PUSHED_REQUEST_REQUIRED: Entry(
        "This client registered that its requests come by way of /par alone.",
        (
            (
                "The request was sent in the address.",
                "Post it to pushed_authorization_request_endpoint, then send request_uri.",
            ),
        ),
        _PERSON,
        "RFC 9126 §5",
        "request_uri",
    ),
    Cause.REQUEST_SIGNATURE_REQUIRED: Entry(
        "This client registered that all its requests are signed.",
        (("The request came as plain parameters.", "Send it as a signed request object."),),
        _BACK,
        "RFC 9101 §10.5",
        "request",
    ),
    Cause.PARAMETER_TOO_LONG: Entry(
        "state is longer than 1024 characters, nonce than 512, or all parameters than 3840.",
        (
            (
                "The platform's own data travels in state.",
                "Keep the data in your session, and send a random key for it as state.",
            ),
        ),
        (Where.REDIRECT, Where.PAR, Where.LOGOUT),
        "RFC 6749 §4.1.1",
        "state",
    ),
    Cause.REGISTRATION_UNSUPPORTED: Entry(
        "The parameter registration is for providers that people run themselves.",
        (("It was sent.", "Leave it out, and register the client beforehand."),),
        _BACK,
        f"{_CORE} §3.1.2.6",
        "registration",
    ),
    Cause.RESPONSE_TYPE_MISSING: Entry(
        "The request has no response_type.",
        (("It was left out, or sent empty.", "Send response_type=code."),),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "response_type",
    ),
    Cause.RESPONSE_TYPE_UNSUPPORTED: Entry(
        "response_type asks for a token in an address, where histories and logs keep it.",
        (
            (
                "The library uses the implicit or hybrid flow.",
                "Use the code flow: response_type=code, with PKCE.",
            ),
        ),
        _BACK,
        "RFC 9700 §2.1.2",
        "response_type",
    ),
    Cause.PUSHED_REQUEST_NESTED: Entry(
        "A request_uri was pushed; what is pushed is the request itself.",
        (("The library pushes and refers at once.", "Post the parameters without request_uri."),),
        (Where.PAR,),
        "RFC 9126 §2.1",
        "request_uri",
    ),
    Cause.PUSHED_REQUEST_USED: Entry(
        "The pushed request was used up while this one was being answered.",
        (("The person answered in two tabs.", "Let them begin again; push a new request."),),
        _PERSON,
        "RFC 9126 §7.3",
        "request_uri",
    ),
}

_WISHES: Final = {
    Cause.SCOPE_NOT_ALLOWED: Entry(
        "scope holds a value that exists here and that this client did not register. Values that "
        "nobody knows are ignored.",
        (
            (
                "The registration has a narrower scope than the code.",
                "Leave the value out, or have it added to the client's scope.",
            ),
        ),
        (Where.REDIRECT, Where.PAR, Where.TOKEN),
        "RFC 6749 §3.3",
        "scope",
    ),
    Cause.SCOPE_MISSING: Entry(
        "Nothing is asked for: there is neither openid in scope nor a scope of a resource.",
        (
            ("scope was left out.", "Send scope=openid; with age if you need an age answer."),
            ("profile or email stood there alone.", "They are not offered; nobody gets a name."),
        ),
        (Where.REDIRECT, Where.PAR, Where.TOKEN),
        f"{_CORE} §3.1.2.1",
        "scope",
    ),
    Cause.SCOPE_WITHOUT_OPENID: Entry(
        "The scope age says something about a person, and goes with openid only.",
        (("openid is missing.", "Send scope=openid age."),),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "scope",
    ),
    Cause.RESOURCE_UNKNOWN: Entry(
        "There is no such resource here, or it was not granted with this code or refresh token.",
        (
            ("resource differs from the registered identifier.", "Send it to the letter."),
            (
                "The token endpoint was asked for another API than /authorize.",
                "Name the resource at /authorize already.",
            ),
        ),
        (Where.REDIRECT, Where.PAR, Where.TOKEN),
        "RFC 8707 §2",
        "resource",
    ),
    Cause.RESOURCES_SEVERAL: Entry(
        "Scopes of several resources were asked for in one request, or not of the named one.",
        (("One token was meant for two APIs.", "Ask once for each of them."),),
        (Where.REDIRECT, Where.PAR, Where.TOKEN),
        "RFC 8707 §2",
        "resource",
    ),
    Cause.RESOURCE_WITHOUT_SCOPE: Entry(
        "A resource was named, and no scope that it offers.",
        (("Its scopes are missing.", "Add them to scope; the API's documentation names them."),),
        (Where.REDIRECT, Where.PAR, Where.TOKEN),
        "RFC 8707 §2",
        "scope",
    ),
    Cause.PKCE_REQUIRED: Entry(
        "The request has no code_challenge, and this client must send one.",
        (
            ("PKCE is off in the library.", "Turn it on; every current library has it."),
            (
                "A stage in between drops parameters.",
                "Look at the address that the browser opens.",
            ),
        ),
        _BACK,
        "RFC 7636 §4.4.1",
        "code_challenge",
    ),
    Cause.PKCE_METHOD_MISSING: Entry(
        "A code_challenge without its method would mean plain, which is refused.",
        (("code_challenge_method was left out.", "Send code_challenge_method=S256."),),
        _BACK,
        "RFC 7636 §4.3",
        "code_challenge_method",
    ),
    Cause.PKCE_METHOD_UNSUPPORTED: Entry(
        "code_challenge_method is another than S256. With plain, whoever reads the request could "
        "redeem the code.",
        (("The library defaults to plain.", "Set S256; the letters are capital."),),
        _BACK,
        "RFC 7636 §4.3",
        "code_challenge_method",
    ),
    Cause.PKCE_CHALLENGE_MALFORMED: Entry(
        "code_challenge is not the base64url of a SHA-256: 43 characters without =.",
        (
            ("It is padded, hexadecimal, or standard base64.", "Use base64url without padding."),
            ("The verifier itself was sent.", "Send BASE64URL(SHA256(verifier))."),
        ),
        _BACK,
        "RFC 7636 §4.2",
        "code_challenge",
    ),
    Cause.DPOP_JKT_MALFORMED: Entry(
        "dpop_jkt is not a SHA-256 thumbprint in base64url.",
        (("Another hash or encoding was used.", "Send the RFC 7638 thumbprint: 43 characters."),),
        _BACK,
        "RFC 9449 §10",
        "dpop_jkt",
    ),
    Cause.PROMPT_UNKNOWN: Entry(
        "prompt holds a value that this provider does not know; it may not ignore one.",
        (
            (
                "A value such as create is meant for other providers.",
                "Send none, login, consent or select_account, or leave prompt out.",
            ),
        ),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "prompt",
    ),
    Cause.PROMPT_CONTRADICTORY: Entry(
        "prompt=none forbids all pages, so no other value goes with it.",
        (("A list was put together from several places.", "Send none alone."),),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "prompt",
    ),
    Cause.DISPLAY_UNKNOWN: Entry(
        "display is none of page, popup, touch and wap.",
        (("A value of another provider was sent.", "Leave it out: every page fits every window."),),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "display",
    ),
    Cause.MAX_AGE_MALFORMED: Entry(
        "max_age is not a whole number of seconds, 0 or more, of at most nine digits.",
        (("It was sent as 3600.0, or as text.", "Send an integer."),),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "max_age",
    ),
    Cause.CLAIMS_MALFORMED: Entry(
        "claims is not the JSON object that the standard describes.",
        (
            ("It was encoded twice, or not at all.", "Write JSON once, then encode the parameter."),
            ("A claim stands at the top.", "Put claims below id_token or userinfo."),
        ),
        _BACK,
        f"{_CORE} §5.5",
        "claims",
    ),
    Cause.ID_TOKEN_HINT_INVALID: Entry(
        "id_token_hint is no ID token that this provider signed for this very client.",
        (
            ("Another token was sent, often the access token.", "Send the ID token as you got it."),
            ("It was issued to another client of yours.", "Keep ID tokens apart, by client."),
        ),
        _BACK,
        f"{_CORE} §3.1.2.1",
        "id_token_hint",
    ),
}

SECTIONS: Final = (
    Section("Authorization requests: their form", _FORM),
    Section("Authorization requests: what they ask for", _WISHES),
)
