"""The end session endpoint (RP-Initiated Logout 1.0 §2): one ordered list of checks.

A platform may ask; the person decides, on a page of ours (a foreign page could otherwise sign
people out). What was asked and proved travels to that page in one sealed token, as a sign-in does
(``services.interactions``), and where it leads is looked up again when the person has decided.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain.refusal import Cause, Refusal
from idp.protocol import end_session_request as rules
from idp.protocol import id_token, jose
from idp.protocol.redirect_uri import with_parameters
from idp.services.interactions import LIFETIME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.domain.sealing import Sealer
    from idp.domain.session import Session
    from idp.services.clients import Clients
    from idp.services.keys import SigningKeys
    from idp.services.pseudonyms import Pseudonyms

_PURPOSE, _OVER = "end session", "session ended"
_OVER_SECONDS = 5 * 60  # who finds the page in a history later learns nothing from it


class Leaving(Struct, frozen=True):
    """What a platform asked for. ``client_id`` and ``sub`` are those of its verified ID token.

    ``back`` is where the browser goes in the end, with ``state``; empty for nowhere. ``unproved``
    says that a way back was asked for without an ID token, and is not taken.
    """

    client_id: str = ""
    sub: str = ""
    back: str = ""
    state: str = ""
    ui_locales: str = ""
    unproved: bool = False
    at: int = 0

    @property
    def location(self) -> str:
        """The address to send the browser to, or empty."""
        if not self.back or not self.state:
            return self.back
        return with_parameters(self.back, {"state": self.state})


class Over(Struct, frozen=True):
    """What has just been ended, for the page that says so: which clients hear, when, how much."""

    told: tuple[str, ...] = ()
    everywhere: bool = False
    at_once: bool = False


class _Asked(Struct):
    """One run of the list: what was sent, and what is known of it so far."""

    sent: Mapping[str, str]
    hint: id_token.Hint | None = None
    client: Client | None = None
    back: str | None = None


class EndSession:
    """Reads requests of platforms to sign somebody out."""

    def __init__(
        self,
        *,
        issuer: str,
        clients: Clients,
        pseudonyms: Pseudonyms,
        keys: SigningKeys,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._clients = clients
        self._pseudonyms = pseudonyms
        self._keys = keys
        self._sealer = sealer
        self._clock = clock
        self.pipeline: tuple[Callable[[_Asked], Awaitable[None] | None], ...] = (
            self._values_fit,
            self._hint_is_ours,
            self._client_agrees,
            self._client_is_known,
            self._way_back_is_registered,
        )

    async def ask(self, sent: Mapping[str, str]) -> str:
        """Return the token of a request, empty when it asks for nothing but to be signed out.

        Raises Refusal: ``LOGOUT_HINT_INVALID``, ``LOGOUT_CLIENT_MISMATCH``, ``UNKNOWN_CLIENT``,
        ``LOGOUT_ADDRESS_MISMATCH``, ``PARAMETER_TOO_LONG``.
        """
        asked = _Asked(sent)
        for check in self.pipeline:
            waiting = check(asked)
            if waiting is not None:
                await waiting
        known = Leaving(
            client_id=asked.hint.client_id if asked.hint else "",
            sub=asked.hint.sub if asked.hint else "",
            back=asked.back or "",
            state=sent.get("state", "") if asked.back else "",
            ui_locales=sent.get("ui_locales", "")[:100],
            unproved=asked.hint is None and rules.BACK in sent,
            at=self._clock.now(),
        )
        if not (known.client_id or known.ui_locales or known.unproved):
            return ""
        return self._sealer.seal_token(_PURPOSE, json.dumps(asdict(known)).encode())

    async def open(self, token: str) -> tuple[Leaving, Client | None]:
        """Return what a token holds, and the client that asked; nothing of one that is too old.

        Never raises: whoever wants to be signed out is, whatever became of the platform's wish.
        """
        try:
            leaving = Leaving(**json.loads(self._sealer.open_token(_PURPOSE, token)))
        except ValueError:
            return Leaving(), None
        client = await self._clients.known(leaving.client_id) if leaving.client_id else None
        gone = leaving.back and (
            client is None
            or client.disabled
            or leaving.back not in client.post_logout_redirect_uris
        )
        if gone or self._clock.now() - leaving.at > LIFETIME_SECONDS:
            return Leaving(ui_locales=leaving.ui_locales), None
        return leaving, client

    async def is_of(self, leaving: Leaving, client: Client | None, session: Session) -> bool:
        """Tell whether the ID token that was shown is of the person who is signed in here (§2)."""
        if client is None:
            return True  # nobody was named
        found = await self._pseudonyms.find(client.sector, session.person_id)
        return found is not None and found.network_id == leaving.sub

    def seal_over(self, over: Over, browser: str) -> str:
        """Return a token with which the page after it says what was ended, in this browser only."""
        members = [sorted(over.told), over.everywhere, over.at_once, browser, self._clock.now()]
        return self._sealer.seal_token(_OVER, json.dumps(members).encode())

    def open_over(self, token: str, browser: str) -> Over:
        """Return what was ended; nothing of a token that is old, or another browser's."""
        try:
            members = json.loads(self._sealer.open_token(_OVER, token))
        except ValueError:
            return Over()
        told, everywhere, at_once, owner, at = members
        if owner != browser or self._clock.now() - at > _OVER_SECONDS:
            return Over()
        return Over(tuple(told), everywhere, at_once)

    def _values_fit(self, asked: _Asked) -> None:
        """Refuse what our own addresses, in which it travels until it goes back, cannot carry."""
        rules.values_fit(asked.sent)

    def _hint_is_ours(self, asked: _Asked) -> None:
        """§4: a hint that does not verify is not used, and said to be wrong."""
        hint = asked.sent.get(rules.HINT)
        if hint is None:
            return
        try:
            asked.hint = id_token.hinted(hint, keys=self._keys.known, issuer=self._issuer)
        except jose.JwtRefused as error:
            raise Refusal(Cause.LOGOUT_HINT_INVALID, problem=error.reason) from error

    def _client_agrees(self, asked: _Asked) -> None:
        """§2: nobody asks with an ID token that another client was given."""
        rules.client_agrees(asked.sent, asked.hint.client_id if asked.hint else None)

    async def _client_is_known(self, asked: _Asked) -> None:
        """Tell of a ``client_id`` that nobody has; a known one alone proves nothing yet."""
        client_id = asked.hint.client_id if asked.hint else asked.sent.get("client_id")
        if client_id is None:
            return
        asked.client = await self._clients.known(client_id)
        if asked.client is None:
            raise Refusal(Cause.UNKNOWN_CLIENT, client_id=client_id[:128])

    def _way_back_is_registered(self, asked: _Asked) -> None:
        """§3: an address of the proved client, or none (open redirect).

        Nobody is sent to a client that is disabled; signing out works all the same.
        """
        if asked.hint is not None and asked.client is not None and not asked.client.disabled:
            asked.back = rules.way_back(asked.sent, asked.client)
