"""A sign-in under way, carried by the browser in one sealed token.

Why it is not a row: a token in the address survives two tabs, back, reload and expiry, an
unauthenticated visit writes nothing, and there is no table to join by time (DECISIONS 4). It holds
the request's own parameters, so that every step runs the whole pipeline again: nothing that was
validated once is trusted later.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from idp.domain.clock import NODE_SKEW_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.protocol.authorization_request import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.clock import Clock
    from idp.domain.sealing import Sealer
    from idp.domain.session import Session

LIFETIME_SECONDS = 30 * 60
_PURPOSE = "interaction"
# Sealed once more inside an enrolment, it still has to fit into a query (MAX_QUERY_BYTES).
MAX_BYTES = 8 * 1024
_MARK = 16  # hexadecimal characters of a session's digest: enough to tell two sessions apart


class Interaction(Struct, frozen=True):
    """The request of a sign-in under way, and what happened in it.

    ``before`` marks the session that the browser had when it began, ``chosen`` the one whose
    account the person picked. ``pushed`` is the digest of a pushed request's handle, in
    hexadecimal; empty when the browser brought the request itself. ``signed`` says that its client
    signed it.
    """

    sent: Mapping[str, str] = field(default_factory=dict)
    started_at: int = 0
    before: str = ""
    chosen: str = ""
    pushed: str = ""
    signed: bool = False

    def signed_in_since(self, session: Session) -> bool:
        """Tell whether ``session`` began within this interaction: every sign-in is a new one.

        Another server, whose clock is behind, may have noted when.
        """
        earliest = self.started_at - NODE_SKEW_SECONDS
        return mark(session) != self.before and session.authentication.time >= earliest

    def picked(self, session: Session) -> bool:
        """Tell whether the person chose this very session's account in this interaction."""
        return self.chosen == mark(session) or self.signed_in_since(session)

    def choosing(self, session: Session) -> Interaction:
        """Return the interaction with the account of ``session`` chosen."""
        return replace(self, chosen=mark(session))


def mark(session: Session | None) -> str:
    """Return what tells a session apart within one interaction; empty without one."""
    return "" if session is None else session.digest.hex()[:_MARK]


class Interactions:
    """Seals interactions into tokens and opens them again."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def begin(self, sent: Mapping[str, str], session: Session | None) -> Interaction:
        """Start an interaction for a request, in a browser that has ``session`` or none.

        Keeps the parameters that the pipeline reads and no others.
        """
        return Interaction(sent=kept(sent), started_at=self._clock.now(), before=mark(session))

    def begin_again(self, old: Interaction, session: Session | None) -> Interaction:
        """Start over with the request of an interaction that took too long."""
        return replace(old, started_at=self._clock.now(), before=mark(session), chosen="")

    def seal(self, interaction: Interaction) -> str:
        """Return the token; raises Refusal ``TOO_LARGE`` for what no address could carry."""
        members = [
            dict(interaction.sent),
            interaction.started_at,
            interaction.before,
            interaction.chosen,
            interaction.pushed,
            interaction.signed,
        ]
        plain = json.dumps(members).encode()
        if len(plain) > MAX_BYTES:
            raise Refusal(Cause.TOO_LARGE, limit=str(MAX_BYTES))
        return self._sealer.seal_token(_PURPOSE, plain)

    def open(self, token: str, *, expired: bool = False) -> Interaction:
        """Return what a token holds; an empty one is an interaction without a request.

        Raises Refusal ``INTERACTION_INVALID`` for a token that is not ours, and
        ``INTERACTION_EXPIRED`` after half an hour unless ``expired`` ones are welcome.
        """
        if not token:
            return Interaction(started_at=self._clock.now())
        try:
            members = json.loads(self._sealer.open_token(_PURPOSE, token))
            sent, started_at, before, chosen, pushed, signed = members
        except ValueError as error:
            raise Refusal(Cause.INTERACTION_INVALID) from error
        if not expired and self._clock.now() - started_at > LIFETIME_SECONDS:
            raise Refusal(Cause.INTERACTION_EXPIRED, interaction=token)
        return Interaction(sent, started_at, before, chosen, pushed, signed)
