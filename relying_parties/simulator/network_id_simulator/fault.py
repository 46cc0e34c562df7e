"""One fault: what it is called, what is wrong, and what a platform must do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Must(StrEnum):
    """What a platform must do when it meets a fault."""

    REFUSE = "refuse"
    """Nobody may be signed in (or, for a logout token, nobody may be signed out)."""
    SURVIVE = "survive"
    """The person must be signed in all the same: nothing is wrong, only unusual."""
    STAND = "stand"
    """It answers with a clear page, nobody is signed in, and it works again afterwards."""


GROUPS: Final = {
    "response": "What comes back to the redirect URI",
    "code": "The code",
    "id-token": "The claims of the ID token",
    "signature": "The signature of the ID token",
    "keys": "The keys of the provider",
    "userinfo": "The userinfo answer",
    "error": "Errors at the authorization endpoint",
    "token-error": "Errors at the token endpoint",
    "userinfo-error": "Errors at the userinfo endpoint",
    "par-error": "Errors at the pushed authorization request endpoint",
    "endpoint": "An endpoint in trouble",
    "person": "The person",
    "logout": "Back-channel logout",
}
"""Every group of faults, in the order of a sign-in, with its heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table.

    ``name`` is stable: short words joined by hyphens. ``what`` says what the simulator does,
    ``mistake`` what a platform that fails has probably forgotten, ``mend`` how to mend it,
    ``spec`` which section rules it (``RFC 7636 §4.6``).

    ``at`` is the endpoint at which it is delivered: ``authorize``, ``token``, ``userinfo``,
    ``discovery``, ``jwks``, ``par``, or ``logout`` for a logout token that the simulator sends. A
    platform that never comes there does not meet the fault.

    ``may_sign_in`` softens REFUSE and STAND: the standards leave it open, or the platform may not
    need the broken answer (it has one from before), so signing the person in is no failure (nor
    is signing them out, where it is about a logout token).

    ``needs`` says what has to happen first, if anything.
    """

    name: str
    group: str
    what: str
    must: Must
    spec: str
    mistake: str
    mend: str
    at: str = "token"
    may_sign_in: bool = False
    needs: str = ""
