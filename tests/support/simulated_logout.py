"""Logout tokens of the simulated provider: a good one, of which a test alters what it likes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from tests.support.simulated_provider import CLIENT_ID

if TYPE_CHECKING:
    from tests.support.simulated_provider import SimulatedProvider

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SID: Final = "the-session-of-one-browser"
_NUMBERS: Final = itertools.count(1)


def logout_token(
    provider: SimulatedProvider, *, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """Return a signed logout token; a claim or header parameter given as None is left out."""
    now = provider.clock()
    head = {"typ": "logout+jwt", "alg": provider.key.alg, "kid": provider.key.kid}
    said = {
        "iss": provider.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": f"logout-{next(_NUMBERS)}",
        "events": {EVENT: {}},
        "sid": SID,
    }
    return provider.signed(head | (header or {}), said | claims)
