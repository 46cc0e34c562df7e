"""Entries about using an access token, and about proving the key that it is bound to."""

from __future__ import annotations

from typing import Final

from idp.domain.refusal import Cause
from idp.protocol.reference.entry import Entry, Section, Where

_TOKEN: Final = (Where.TOKEN,)
_USE: Final = (Where.USERINFO,)
_BOTH: Final = (Where.TOKEN, Where.PAR, Where.USERINFO)

_DPOP: Final = {
    Cause.DPOP_JKT_CONTRADICTED: Entry(
        "dpop_jkt names another key than the DPoP proof that came with the pushed request.",
        (("Two keys are in use.", "Leave dpop_jkt out where a proof is sent."),),
        (Where.PAR,),
        "RFC 9449 §10.1",
        "dpop_jkt",
    ),
    Cause.DPOP_PROOF_MISSING: Entry(
        "A proof in the header DPoP is needed: the client, the code or the token is bound to keys.",
        (
            ("dpop_bound_access_tokens is registered.", "Turn DPoP on in the library."),
            ("A bound token was sent as Bearer.", "Send Authorization: DPoP and a proof."),
        ),
        _BOTH,
        "RFC 9449 §5",
        "DPoP",
    ),
    Cause.DPOP_PROOF_REPEATED: Entry(
        "There are several DPoP headers.",
        (("A retry added a second one.", "Replace the header instead."),),
        _BOTH,
        "RFC 9449 §4.3",
        "DPoP",
    ),
    Cause.DPOP_PROOF_REFUSED: Entry(
        "The proof cannot be read, or is not for this request. The answer says why.",
        (
            ("htu has a query, or an inner host name.", "Set it to the public address, without."),
            ("htm is another method.", "Set it to the method in capitals."),
            ("ath is missing at an API.", "Set it to the hash of the access token."),
            ("Signed by RS256.", "Use ES256, PS256 or Ed25519."),
        ),
        _BOTH,
        "RFC 9449 §4.3",
        "DPoP",
    ),
    Cause.DPOP_PROOF_REPLAYED: Entry(
        "A proof with this jti was used before.",
        (("The library sends a proof twice.", "Sign one for each request, retries included."),),
        _BOTH,
        "RFC 9449 §11.1",
        "DPoP",
    ),
    Cause.DPOP_NONCE_NEEDED: Entry(
        "The proof needs the nonce of the header DPoP-Nonce of this answer. This is no mistake.",
        (
            (
                "Your clock is off by more than a minute, or nonces are demanded here.",
                "Sign a new proof with that nonce and send the request again, once.",
            ),
        ),
        _BOTH,
        "RFC 9449 §8",
        "DPoP",
    ),
    Cause.DPOP_KEY_OF_CODE: Entry(
        "The code is bound to another DPoP key than the proof shows.",
        (("The key was drawn anew in the callback.", "Use the key whose dpop_jkt was sent."),),
        _TOKEN,
        "RFC 9449 §10",
        "DPoP",
    ),
    Cause.DPOP_KEY_OF_TOKEN: Entry(
        "The access token is bound to another DPoP key than the proof shows.",
        (("The key was drawn anew.", "Keep the key for as long as the token."),),
        _USE,
        "RFC 9449 §7.1",
        "DPoP",
    ),
}

_ACCESS: Final = {
    Cause.TOKEN_MISSING: Entry(
        "No access token was sent. As RFC 6750 says, the answer has no error then.",
        (("A proxy drops the header Authorization.", "Let it pass."),),
        _USE,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.TOKEN_REPEATED: Entry(
        "The access token was sent in more than one way.",
        (("It is in the header and in the body.", "Send it in the header alone."),),
        _USE,
        "RFC 6750 §2",
        "Authorization",
    ),
    Cause.TOKEN_UNDER_OTHER_SCHEME: Entry(
        "The token came under another scheme than its token_type names.",
        (("A DPoP token was sent as Bearer, or the other way.", "Use token_type as the scheme."),),
        _USE,
        "RFC 9449 §7.1",
        "Authorization",
    ),
    Cause.TOKEN_INVALID: Entry(
        "The access token is none of this provider's, or not for this endpoint.",
        (
            ("The ID token was sent.", "Send access_token."),
            ("The token is for an API.", "Ask for a token without resource."),
            ("It was changed or cut.", "Send it as it came."),
        ),
        _USE,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.TOKEN_EXPIRED: Entry(
        "The access token is older than ten minutes.",
        (("It was kept.", "Call at once after the sign-in, or refresh."),),
        _USE,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.TOKEN_REVOKED: Entry(
        "What it stood for has ended: the person took it back or left, or the code came twice.",
        (("The person decided so.", "End your session with them, or ask them to sign in."),),
        _USE,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.TOKEN_OF_DISABLED_CLIENT: Entry(
        "The operator has disabled the client that the token was given to.",
        (("See client_disabled.", "Ask the operator; nothing was taken back."),),
        _USE,
        "RFC 6750 §3.1",
        "Authorization",
    ),
    Cause.TOKEN_SCOPE: Entry(
        "The access token lacks the scope that is needed here.",
        (("openid was not in scope.", "Ask for it at the sign-in."),),
        _USE,
        "RFC 6750 §3.1",
        "scope",
    ),
}

SECTIONS: Final = (
    Section("Proofs of possession (DPoP)", _DPOP),
    Section("Using an access token", _ACCESS),
)
