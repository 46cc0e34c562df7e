"""Faults of the ID token's claims (OpenID Connect Core 1.0 §3.1.3.7)."""

from __future__ import annotations

from typing import Any, Final

from network_id_simulator.fault import Fault, Must

RULES: Final = "OpenID Connect Core 1.0 §3.1.3.7"
_LIBRARY = "Let a library check the ID token, and give it {} to compare with."


def _claim(name: str, what: str, mistake: str, mend: str, **others: Any) -> Fault:
    given: dict[str, Any] = {"must": Must.REFUSE, "spec": RULES, **others}
    return Fault(
        name=name,
        group="id-token",
        what=what,
        mistake=mistake,
        mend=mend,
        **given,
    )


ROWS: Final = (
    _claim(
        "iss",
        "iss is another issuer.",
        "iss is not compared with the issuer.",
        _LIBRARY.format("the issuer, byte for byte,"),
    ),
    _claim(
        "iss-slash",
        "iss is the issuer with a slash more (or less) at its end.",
        "iss is tidied up before it is compared, or not compared at all.",
        _LIBRARY.format("the issuer, byte for byte,"),
    ),
    _claim(
        "iss-missing",
        "There is no iss.",
        "iss is not compared, or only when there is one.",
        "Require iss.",
    ),
    _claim(
        "aud-other",
        "aud is another client.",
        "aud is not checked: a token that was stolen from another platform signs in here.",
        _LIBRARY.format("your client_id"),
    ),
    _claim(
        "aud-others",
        "aud is a list: your client and one that you do not know.",
        "aud is not checked, or only for whether your client is in the list.",
        "Refuse audiences that you do not trust. This provider never names more than one.",
    ),
    _claim(
        "aud-missing",
        "There is no aud.",
        "aud is not compared, or only when there is one.",
        "Require aud.",
    ),
    _claim(
        "aud-array",
        "aud is a list with your client alone, which means the same as the text.",
        "aud is compared as a text only.",
        "Take a list with one member as that member (RFC 7519 §4.1.3).",
        must=Must.SURVIVE,
        spec="RFC 7519 §4.1.3",
    ),
    _claim(
        "azp",
        "azp is another client.",
        "azp is not looked at.",
        "When there is an azp, compare it with your client_id.",
        may_sign_in=True,
    ),
    _claim(
        "nonce",
        "nonce is not the one that was sent.",
        "The nonce is not compared: the token of another sign-in works in this one.",
        "Keep a random nonce in the browser's session and compare it with the token's.",
    ),
    _claim(
        "nonce-missing",
        "There is no nonce.",
        "The nonce is not compared, or only when there is one.",
        "When you sent a nonce, require it in the token.",
    ),
    _claim(
        "exp",
        "The token expired ten minutes ago.",
        "exp is not checked.",
        "Refuse a token whose exp has passed; allow at most a minute or two between clocks.",
    ),
    _claim(
        "exp-missing",
        "There is no exp.",
        "exp is not checked, or only when there is one.",
        "Require exp.",
    ),
    _claim(
        "nbf",
        "The token becomes valid in ten minutes.",
        "nbf is not checked.",
        "When there is an nbf that lies ahead, refuse; allow a minute or two between clocks.",
        spec="RFC 7519 §4.1.5",
    ),
    _claim(
        "iat",
        "The token was issued in ten minutes from now.",
        "iat is not checked.",
        "Refuse an iat that lies ahead by more than your clock tolerance.",
        may_sign_in=True,
    ),
    _claim(
        "sub-missing",
        "There is no sub.",
        "sub is read without looking whether there is one.",
        "Require sub: it is the network ID, and all that you know of the person.",
        spec="OpenID Connect Core 1.0 §2",
    ),
    _claim(
        "sub-empty",
        "sub is the empty text.",
        "An empty sub is taken for somebody.",
        "Require sub to be a network ID: everybody without one would share an account.",
        spec="OpenID Connect Core 1.0 §2",
    ),
    _claim(
        "sub-malformed",
        "sub is no network ID: a check character is wrong.",
        "sub is stored unseen.",
        "Check the form of the network ID, for example by network_id.network_id.is_wire_form.",
        spec="OpenID Connect Core 1.0 §2",
        may_sign_in=True,
    ),
    _claim(
        "at-hash",
        "at_hash is of another access token.",
        "at_hash is not compared, so the access token can be exchanged on the way.",
        "When there is an at_hash, compare it with the hash of the access token.",
        spec="OpenID Connect Core 1.0 §3.1.3.8",
        may_sign_in=True,
    ),
    _claim(
        "age-text",
        'The age answers are texts: age_over_18 is "false", which many languages take for true.',
        "An age answer is used without looking at its type.",
        "Take the JSON value true for a yes, and nothing else.",
        spec="OpenID Connect Core 1.0 §5.1",
        may_sign_in=True,
        needs="A sign-in that asks for an age.",
    ),
    _claim(
        "extra-claims",
        "The token has claims that nobody knows.",
        "Unknown claims are refused.",
        "Ignore claims that you do not know.",
        must=Must.SURVIVE,
        spec="OpenID Connect Core 1.0 §2",
    ),
    _claim(
        "id-token-missing",
        "The token response has no ID token.",
        "An access token alone is taken for a sign-in.",
        "Without an ID token there is no sign-in.",
        spec="OpenID Connect Core 1.0 §3.1.3.3",
    ),
    _claim(
        "id-token-garbage",
        "What stands in the ID token's place is not a JWT.",
        "The token is taken apart without expecting anything else.",
        "Answer what cannot be read with a page that offers to begin again.",
        spec="RFC 7519 §7.2",
    ),
    _claim(
        "id-token-access-token",
        "The access token stands in the ID token's place: rightly signed, of another kind.",
        "Any JWT that the provider signed is taken for an ID token.",
        "Check aud, and that typ is not at+jwt (RFC 8725 §3.11).",
        spec="RFC 8725 §3.11",
    ),
    _claim(
        "token-extra",
        "The token response has members that nobody knows.",
        "Unknown members of the token response are refused.",
        "Ignore members that you do not know.",
        must=Must.SURVIVE,
        spec="RFC 6749 §5.1",
    ),
    _claim(
        "token-type",
        "token_type is a kind that nobody knows.",
        "token_type is not looked at.",
        "Use an access token only if you know its type: Bearer, or DPoP.",
        spec="RFC 6749 §7.1",
        may_sign_in=True,
    ),
)
