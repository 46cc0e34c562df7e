"""What all routes of one platform work with: its settings, cookies, addresses, and its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network_id.errors import NoSignInPendingError, SessionValueError
from network_id.integrations.core.ended import name_of
from network_id.integrations.core.pages import refusal_page
from network_id.integrations.core.refusals import HOPELESS, Refusal, kind_of, note
from network_id.integrations.core.words import choose_language
from network_id.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from network_id.errors import SignInError
    from network_id.integrations.core.cookies import Cookies
    from network_id.integrations.core.ended import EndedSessions
    from network_id.integrations.core.messages import Answer, Asked
    from network_id.integrations.core.settings import Settings
    from network_id.integrations.core.steps import Steps

CLOCK_STEP = 60  # seconds by which a clock may be set back without signing anybody out


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a framework and a platform want to do themselves; each may be a coroutine function.

    ``on_signed_in(request, sign_in)`` comes before anybody is let in, ``on_signed_out(request)``
    after the platform has forgotten its own session. ``language(request)``, which is no coroutine,
    returns the tag of the person's language, or nothing where the browser's is to be taken.
    """

    on_signed_in: Callable[[Any, SignIn], Any]
    on_signed_out: Callable[[Any], Any]
    language: Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The paths as browsers see them. ``home`` is where people arrive who wanted nothing else."""

    login: str
    callback: str
    logout: str
    backchannel_logout: str
    button_css: str
    home: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a route needs. ``platform`` gives the SDK's platform.

    ``ages`` are asked at every sign-in, and the rest of ``ask``. ``session_seconds`` is how long a
    session lives, whatever its person does.
    """

    settings: Settings
    at: Addresses
    cookies: Cookies
    ended: EndedSessions
    platform: Callable[[], Any]
    hooks: Hooks
    clock: Callable[[], int]
    ages: Collection[int]
    ask: dict[str, Any]
    session_seconds: int

    def forget(self, session: Session) -> Any:
        """Remember that ``session`` is over, also for whoever copied its cookie."""
        # Its id never comes back, so the end lies ahead: a clock that is set back revives nobody.
        at = self.clock() + self.session_seconds
        return self.ended.end([session.own_name], at, self.session_seconds)

    def path_of(self, asked: Asked) -> str:
        """Return the path of a request as browsers see it, also behind a proxy that takes away."""
        base = self.settings.path
        return asked.path if asked.path.startswith(f"{base}/") else base + asked.path

    def locale(self, asked: Asked) -> str:
        """Return the language that the platform speaks with this person, for the provider."""
        chosen: str | None = self.hooks.language(asked.native)
        return chosen or choose_language(asked.headers.get("accept-language", ""))

    def language(self, asked: Asked) -> str:
        """Return the language of our own pages that is nearest to that."""
        return choose_language(self.locale(asked))

    def refuse(
        self, asked: Asked, kind: str, status: int, *, again: str | None, age: int | None = None
    ) -> Answer:
        """Return the page for something that the SDK was not asked about."""
        refusal = Refusal(kind, status, self.language(asked), self.at.home, again, age)
        return refusal_page(refusal, for_developers=False)

    def refuse_error(self, asked: Asked, error: SignInError, *, again: str) -> Answer:
        """Note the SDK's refusal for developers, and return its page."""
        if isinstance(error, NoSignInPendingError):
            begin = f"{self.settings.origin}{self.at.login}"
            todo = f"Begin at {begin}, in the same browser, with cookies allowed."
            error = NoSignInPendingError(expected=error.expected, came=error.came, todo=todo)
        kind, status = kind_of(error)
        note(error, kind)
        way = None if kind in HOPELESS else again
        refusal = Refusal(kind, status, self.language(asked), self.at.home, way, error=error)
        return refusal_page(refusal, for_developers=self.settings.is_at_home)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. ``id`` is of this session alone; ``begun_at`` is this machine's time."""

    id: str
    begun_at: int
    sign_in: SignIn

    @property
    def own_name(self) -> str:
        """The name under which the end of this session alone is remembered."""
        return name_of("session", self.id)

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which its end may be remembered."""
        person = name_of("network-id", self.sign_in.network_id)
        sid = self.sign_in.sid
        return (self.own_name, person, *(() if sid is None else (name_of("sid", sid),)))


def read_session(desk: Desk, asked: Asked) -> Steps[Session | None]:
    """Return the browser's session; None without one, and for one whose time or life is over."""
    kept = desk.cookies.read(desk.cookies.session, asked.cookies)
    if kept is None:
        return None
    try:
        session = Session(kept["id"], kept["begun_at"], SignIn.from_dict(kept["sign_in"]))
    except (SessionValueError, KeyError):
        return None  # of another release of this SDK
    if not -CLOCK_STEP <= desk.clock() - session.begun_at < desk.session_seconds:
        return None  # the cookie's own Max-Age binds no thief
    ended_at: int | None = yield lambda: desk.ended.last_end(session.names)
    if ended_at is not None and ended_at >= session.begun_at:
        return None
    return session
