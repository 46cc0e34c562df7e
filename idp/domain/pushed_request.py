"""A pushed request: what a client wants to ask, left with us before any browser comes (RFC 9126).

Rules in prose. Its handle is 256 random bits, of which only the digest is stored. It waits
``LIFETIME_SECONDS`` for the first browser that comes with it, and from then on belongs to that
browser alone: whoever has an address that somebody else began with cannot finish it (PAR swapping,
browser swapping). A reload is answered again until there is a code or a no; either ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "urn:ietf:params:oauth:request_uri:"
HANDLE_BYTES = 32
LIFETIME_SECONDS = 60  # FAPI 2.0 §5.3.2.2 allows up to 600
KEPT_SECONDS = 60 * 60  # once a browser came: a sign-in of half an hour, and one more after it
_STEP_SECONDS = 10 * 60  # how coarsely a dump shows when something was pushed


class PushedFacts(Struct, frozen=True):
    """What is kept of it, sealed: whose it is, its parameters, until when a browser may come.

    ``sent`` are the parameters of the authorization request itself, checked when they were pushed;
    ``expires_at`` is in epoch seconds, ``signed`` says that it was a request object.
    """

    client_id: str
    sent: Mapping[str, str]
    expires_at: int
    signed: bool = False


def kept_until(now: int, seconds: int) -> int:
    """Return when a row written at ``now`` may go that is good for ``seconds``, rounded up."""
    return -(-(now + seconds) // _STEP_SECONDS) * _STEP_SECONDS
