"""The sessions of a demo platform: kept in this process, named by a signed random cookie.

Nothing of a sign-in is in the cookie, so nobody reads or alters it there, and signing out ends it
for a stolen cookie too. A restart forgets all sessions; people sign in again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from authlib.common.security import generate_token
from itsdangerous import BadSignature, Signer
from network_id.system import system_clock

if TYPE_CHECKING:
    from network_id import Logout, Pending, SignIn
    from starlette.requests import Request
    from starlette.responses import Response

    from relying_parties.demo.settings import Settings

ID_CHARACTERS = 43  # of 62 kinds: 256 bits
LIFE = 3_600  # seconds without a request
MOST_SESSIONS = 10_000  # the oldest leave, or strangers could fill the memory
MOST_PENDING = 8  # sign-ins under way in tabs of one browser


@dataclass
class Session:
    """What is known of one browser."""

    id: str = field(default_factory=lambda: generate_token(ID_CHARACTERS), repr=False)
    csrf: str = field(default_factory=lambda: generate_token(ID_CHARACTERS), repr=False)
    sign_in: SignIn | None = None
    pending: OrderedDict[str, Pending] = field(default_factory=OrderedDict, repr=False)
    used_at: int = field(default_factory=system_clock)

    def keep_pending(self, pending: Pending) -> None:
        """Remember a sign-in under way, by its state: each tab has its own."""
        self.pending[pending.state] = pending
        while len(self.pending) > MOST_PENDING:
            self.pending.popitem(last=False)

    def take_pending(self, state: str) -> Pending | None:
        """Return a sign-in under way and forget it: an answer is accepted once."""
        return self.pending.pop(state, None)


class Sessions:
    """All sessions of one platform."""

    def __init__(self, name: str, settings: Settings) -> None:
        # Ports of one host share cookies, so each platform's cookie has a name of its own.
        self._cookie = f"__Host-{name}" if settings.is_https else name
        self._secure = settings.is_https
        self._signer = Signer(settings.secret, salt=f"session of {name}")
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def of(self, request: Request) -> Session:
        """Return the browser's session, or a new one that nothing is kept of until `save`."""
        try:
            name = self._signer.unsign(request.cookies.get(self._cookie, "")).decode()
        except BadSignature:
            return Session()
        session = self._sessions.get(name)
        if session is None or system_clock() - session.used_at > LIFE:
            self._sessions.pop(name, None)
            return Session()
        session.used_at = system_clock()
        self._sessions.move_to_end(name)
        return session

    def save(self, response: Response, session: Session) -> None:
        """Keep the session and give the browser its cookie."""
        self._sessions[session.id] = session
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        value = self._signer.sign(session.id).decode()
        response.set_cookie(
            self._cookie, value, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def begin_anew(self, session: Session, sign_in: SignIn) -> Session:
        """Return a signed-in session under a new id: a fixated old one is worth nothing."""
        self._sessions.pop(session.id, None)
        return Session(sign_in=sign_in, pending=session.pending)

    def end(self, response: Response, session: Session) -> None:
        """Forget the session, here and in the browser."""
        self._sessions.pop(session.id, None)
        response.delete_cookie(
            self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def end_all(self, logout: Logout) -> None:
        """Forget every session that a back-channel logout ends; the browsers are not here."""
        for session in list(self._sessions.values()):
            known = session.sign_in
            if known and logout.ends(network_id=known.network_id, sid=known.sid):
                del self._sessions[session.id]
