"""The logout token (Back-Channel Logout 1.0 §2.4): one session ended, at one client.

Rules in prose. It has a type of its own, so that it is no ID token, and no ID token is one (RFC
8725 §3.11). It names the session by the ``sid`` that this client alone knows and nobody by ``sub``:
what ends is a session, and the client knows whose it was. ``jti`` is random and each try has its
own; it is signed at the moment it is sent, and dies two minutes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.domain.session import Visit

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME_SECONDS = 120
_DONE = frozenset({200, 204})
_REFUSED = 400


def claims(visit: Visit, *, issuer: str, now: int, jti: str) -> dict[str, object]:
    """Return the claims that tell a client of the end of ``visit``, at ``now`` (epoch seconds)."""
    return {
        "iss": issuer,
        "aud": visit.client_id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": jti,
        "events": {EVENT: {}},
        "sid": visit.sid,
    }


def is_answered(status: int) -> bool:
    """Tell whether the client has done it, or refuses it for good (§2.8: 200, 204 and 400).

    Anything else is said by a machine in its place, and worth another try.
    """
    return status in _DONE or status == _REFUSED
