"""Faults of the logout token that the simulator sends (Back-Channel Logout 1.0 §2.6)."""

from __future__ import annotations

from typing import Any, Final

from network_id_simulator.fault import Fault, Must

RULES: Final = "OpenID Connect Back-Channel Logout 1.0 §2.6"
_SIGNED_IN = "A sign-in before, at a platform that registered a backchannel_logout_uri."


def _logout(name: str, what: str, mistake: str, mend: str, **others: Any) -> Fault:
    given: dict[str, Any] = {"must": Must.REFUSE, "spec": RULES, **others}
    return Fault(
        name=f"logout-{name}",
        group="logout",
        what=what,
        mistake=mistake,
        mend=mend,
        at="logout",
        needs=_SIGNED_IN,
        **given,
    )


ROWS: Final = (
    _logout(
        "iss",
        "iss is another issuer.",
        "iss is not compared.",
        "Check iss as in an ID token.",
    ),
    _logout(
        "aud",
        "aud is another client.",
        "aud is not compared: what another platform was sent signs out here.",
        "Check aud as in an ID token.",
    ),
    _logout(
        "signature",
        "A bit of the signature is flipped.",
        "The signature is not verified: anybody can sign people out.",
        "Verify it by the keys of jwks_uri, as an ID token's.",
    ),
    _logout(
        "alg-none",
        "alg is none, and there is no signature.",
        "The token's own alg decides how it is verified.",
        "Take the algorithm that you registered for ID tokens, and no other.",
    ),
    _logout(
        "typ-jwt",
        "typ is JWT, as an ID token has it.",
        "typ is not looked at.",
        "Require typ logout+jwt: this provider always sends it.",
        spec="OpenID Connect Back-Channel Logout 1.0 §2.4",
        may_sign_in=True,
    ),
    _logout(
        "nonce",
        "There is a nonce, which a logout token must not have.",
        "nonce is not looked at: an ID token could pass for a logout token.",
        "Refuse a logout token that has a nonce.",
    ),
    _logout(
        "events-missing",
        "There is no events.",
        "events is not looked at: any other JWT of the provider signs people out.",
        "Require the backchannel-logout event in events.",
    ),
    _logout(
        "no-subject",
        "There is neither sub nor sid.",
        "Without sub and sid everybody is signed out, or the page breaks.",
        "Refuse a logout token that names nobody.",
    ),
    _logout(
        "iat",
        "It was issued in ten minutes from now.",
        "iat is not checked.",
        "Refuse an iat that lies ahead by more than your clock tolerance.",
        may_sign_in=True,
    ),
    _logout(
        "exp",
        "It expired ten minutes ago.",
        "exp is not checked: an old logout token works for ever.",
        "Refuse a token whose exp has passed.",
    ),
    _logout(
        "jti-replayed",
        "It is the token that was sent before, once more, byte for byte.",
        "jti is not remembered.",
        "Remember each jti until its exp has passed, and refuse it the second time.",
        may_sign_in=True,
    ),
    _logout(
        "id-token",
        "An ID token of the person stands in its place.",
        "Any JWT of the provider is taken for a logout token.",
        "Require events, and typ logout+jwt (RFC 8725 §3.11).",
    ),
    _logout(
        "other-sid",
        "It is right, and of another session.",
        "sid is not compared: everybody's sessions end, or the last one.",
        "End the session that has this sid, and no other; answer 200 when there is none.",
    ),
    _logout(
        "extra-claims",
        "It has claims that nobody knows.",
        "Unknown claims are refused.",
        "Ignore claims that you do not know.",
        must=Must.SURVIVE,
        spec="OpenID Connect Back-Channel Logout 1.0 §2.4",
    ),
)
