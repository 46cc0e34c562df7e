"""A browser session at the provider: who is signed in, since when, how, and until when.

Rules in prose. A session is born at a sign-in and never takes another person or another
authentication: a new sign-in is a new session with a new identifier (session fixation is thereby
refused). It ends after ``IDLE_SECONDS`` without use, or ``ABSOLUTE_SECONDS`` after the sign-in.
Everything but the person stands in one sealed record, so that a dump tells neither when somebody
signed in nor where (DESIGN §4).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.browser import NOT_TOLD, Browser

if TYPE_CHECKING:
    from collections.abc import Collection

IDLE_SECONDS = 60 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60
MAX_VISITS = 200  # bounds the sealed record; the oldest visit is forgotten first
SEEN_STEP_SECONDS = 5 * 60  # the last use is written at most this often
_REFERENCE = b"network-id/session-reference/1"
_REFERENCE_LENGTH = 32


class Authentication(Struct, frozen=True):
    """What happened at the sign-in: time in epoch seconds, context class, methods (RFC 8176).

    ``passkey`` marks the one that was used (``passkey.mark``): removing it ends its sessions. Empty
    for a sign-in without one.
    """

    time: int
    acr: str
    amr: tuple[str, ...]
    passkey: str = ""


class Visit(Struct, frozen=True):
    """One client that learnt a ``sid`` of this session (OpenID Connect Back-Channel Logout §2.1).

    The sid is random per client, so that two platforms cannot join people by it (promise P2).
    """

    client_id: str
    sid: str


class Session(Struct, frozen=True):
    """A live or ended session as read from storage; ``digest`` is the SHA-256 of its cookie."""

    digest: bytes
    person_id: bytes
    authentication: Authentication
    seen: int
    visits: tuple[Visit, ...] = ()
    browser: Browser = NOT_TOLD

    @property
    def reference(self) -> str:
        """What pages call the session: neither its cookie nor what its row is found by."""
        return hashlib.sha256(_REFERENCE + self.digest).hexdigest()[:_REFERENCE_LENGTH]

    def alive(self, now: int) -> bool:
        """Tell whether the session may still be used at ``now`` (epoch seconds)."""
        return now - self.seen < IDLE_SECONDS and now - self.authentication.time < ABSOLUTE_SECONDS

    def sid_at(self, client_id: str) -> str | None:
        """Return the ``sid`` this client knows the session by, or None before its first login."""
        return next((v.sid for v in self.visits if v.client_id == client_id), None)

    def touched(self, now: int) -> Session | None:
        """Return the session as used at ``now``, or None when that need not be written yet."""
        return replace(self, seen=now) if now - self.seen >= SEEN_STEP_SECONDS else None

    def forgetting(self, client_ids: Collection[str] | None = None) -> Session:
        """Return the session as if it had never been at these clients, or at any.

        They know no ``sid`` of it.
        """
        kept = tuple(
            visit
            for visit in self.visits
            if client_ids is not None and visit.client_id not in client_ids
        )
        return self if len(kept) == len(self.visits) else replace(self, visits=kept)

    def visited(self, visit: Visit) -> Session:
        """Return the session with one more client that knows a ``sid`` of it."""
        return replace(self, visits=(*self.visits, visit)[-MAX_VISITS:])
