"""Faults of the authorization response and of the code in it."""

from __future__ import annotations

from typing import Final

from network_id_simulator.fault import Fault, Must

_ISS = "The iss of the response is not compared with the issuer."
_ISS_MEND = (
    "Where the metadata says authorization_response_iss_parameter_supported, require iss in every "
    "response and compare it with the issuer, before the code is sent anywhere."
)
_STATE_MEND = (
    "Keep a random state in the session of the browser that begins, and compare it with what comes "
    "back, before anything else."
)

ROWS: Final = (
    Fault(
        name="state",
        group="response",
        what="The response has another state than the one that was sent.",
        must=Must.REFUSE,
        spec="RFC 6749 §10.12",
        mistake="The state is not compared.",
        mend=_STATE_MEND,
        at="authorize",
    ),
    Fault(
        name="state-missing",
        group="response",
        what="The response has no state.",
        must=Must.REFUSE,
        spec="RFC 6749 §10.12",
        mistake="The state is not compared, or only when there is one.",
        mend=_STATE_MEND,
        at="authorize",
    ),
    Fault(
        name="state-other-session",
        group="response",
        what=(
            "The response is the whole answer to the sign-in that was begun before this one: its "
            "state and a code for it (login CSRF)."
        ),
        must=Must.REFUSE,
        spec="RFC 6749 §10.12",
        mistake="The state is looked up among all that are under way, whichever browser began.",
        mend="Bind the state to the browser: keep it in its session, not in a table for everybody.",
        at="authorize",
        needs="A sign-in that was begun in another browser, just before.",
    ),
    Fault(
        name="response-iss",
        group="response",
        what="The iss of the response is another issuer: an answer of the wrong provider (mix-up).",
        must=Must.REFUSE,
        spec="RFC 9207 §2.4",
        mistake=_ISS,
        mend=_ISS_MEND,
        at="authorize",
    ),
    Fault(
        name="response-iss-missing",
        group="response",
        what="The response has no iss, although the metadata announces it.",
        must=Must.REFUSE,
        spec="RFC 9207 §2.4",
        mistake="iss is not compared, or only when there is one.",
        mend=_ISS_MEND,
        at="authorize",
    ),
    Fault(
        name="response-empty",
        group="response",
        what="The response has neither a code nor an error.",
        must=Must.STAND,
        spec="RFC 6749 §4.1.2",
        mistake="The code is read without looking whether there is one.",
        mend="Answer a response without code and error with a page that offers to begin again.",
        at="authorize",
    ),
    Fault(
        name="response-extra",
        group="response",
        what="The response has a parameter that nobody knows.",
        must=Must.SURVIVE,
        spec="RFC 6749 §4.1.2",
        mistake="Unknown parameters of the response are refused.",
        mend="Ignore parameters that you do not know.",
        at="authorize",
    ),
    Fault(
        name="code-replayed",
        group="code",
        what="The response carries a code that was redeemed before.",
        must=Must.REFUSE,
        spec="RFC 6749 §4.1.2",
        mistake="invalid_grant of the token endpoint is taken for something else.",
        mend="When the token endpoint refuses the code, sign nobody in and offer to begin again.",
    ),
    Fault(
        name="code-other-person",
        group="code",
        what="The response carries a code that was issued for somebody else's sign-in (injection).",
        must=Must.REFUSE,
        spec="RFC 9700 §4.5",
        mistake="Neither PKCE nor the nonce binds the code to the browser that began.",
        mend="Send a code_challenge (S256) and a nonce of this browser's, new for each sign-in.",
    ),
)
