"""What an integration is made from, in every framework by the same words."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypedDict, TypeVar, Unpack

from authlib.common.security import generate_token

from network_id.button import Html, button
from network_id.errors import InsecureUrlError
from network_id.integrations.core import arriving
from network_id.integrations.core.cookies import Cookies
from network_id.integrations.core.desk import Addresses, Desk, Hooks
from network_id.integrations.core.ended import EndedInMemory, EndedSessions
from network_id.integrations.core.refusals import log
from network_id.integrations.core.settings import (
    NEW_SECRET,
    SHORTEST_SECRET,
    Settings,
    SettingsError,
    check_url,
    default_url,
    read_environment,
)
from network_id.logout_token import Remembered
from network_id.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, MutableMapping

    from network_id import SignIn
    from network_id.request import Ask

SESSION_SECONDS: Final = 43_200  # 12 hours
ALONE: Final = (
    "ends of sessions are remembered in this process alone. With several processes, a log out or a "
    "logout by the provider would not reach the others: pass ended= with a place that they share "
    "(see the README). For a single process, pass ended=EndedInMemory() to say so."
)
MARK: Final = "network_id"  # whose data the framework's own session holds

Found = TypeVar("Found")


class Choices(TypedDict, total=False):
    """What a platform may choose; all of it can be left out.

    ``url``: where people reach the platform (NETWORK_ID_URL; else http://localhost at PORT, or at
    the port that the framework begins with). ``session_secret``: at least 32 random characters
    that seal the cookies (NETWORK_ID_SESSION_SECRET). ``prefix``: before the four paths, e.g.
    ``/auth``. ``home``: where people arrive who wanted nothing else. ``ages``: asked at every
    sign-in. ``ask``: what else is asked then, as of `Platform.begin_sign_in`.
    ``session_seconds``: how long a session lives (12 hours). ``options``: the SDK's. ``ended``:
    where ends of sessions are remembered (this process's memory). ``language(request)``: the tag
    of the language that you speak with this person (their browser's).
    ``on_signed_in(request, sign_in)``, ``on_signed_out(request)``, ``on_refused(request,
    refusal)``: see the README.
    """

    url: str
    session_secret: str
    prefix: str
    home: str
    ages: Collection[int]
    ask: Ask
    session_seconds: int
    options: Options
    ended: EndedSessions
    language: Callable[[Any], str | None]
    on_signed_in: Callable[[Any, SignIn], Any]
    on_signed_out: Callable[[Any], Any]
    on_refused: Callable[[Any, Any], Any]


class Looks(TypedDict, total=False):
    """How the button looks; see `network_id.button.button`."""

    label: str
    language: str
    look: str
    wide: bool
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a framework brings to a desk: the SDK's platform, its secret, and its sessions."""

    platform: Callable[[], Any]
    hooks: Hooks
    secret: str | None = None
    ended: EndedSessions | None = None
    is_alone: bool = True  # `ended`, or the default, is of one process


class Integration:
    """One client of one provider in one application. Each framework has its own `NetworkID`."""

    default_port: ClassVar[str] = "8000"  # where the framework's own server listens

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        **choices: Unpack[Choices],
    ) -> None:
        """Take the settings; ``client_secret`` is None for a public client.

        Raises SettingsError that says what to mend. The provider is not asked before somebody
        logs in.
        """
        url = check_url(choices.get("url") or default_url(os.environ, self.default_port))
        self._settings = Settings(issuer, client_id, client_secret, url)
        self._choices = choices
        options = choices.get("options") or Options()
        # One memory of used logout tokens, whichever event loop a request is served on.
        once = options.logout_is_new
        once = Remembered(options.clock) if once is None else once
        self._options = replace(options, logout_is_new=once)
        self._prefix = choices.get("prefix", "").rstrip("/")
        if self._prefix and not self._prefix.startswith("/"):
            raise SettingsError(f"prefix= is {self._prefix!r}; it begins with a slash")
        home = choices.get("home", "/")
        if arriving.local_path(home) is None:
            raise SettingsError(f"home= is {home!r}; it is a path of this site, such as /start")
        self._desk: Desk | None = None

    @classmethod
    def from_environment(cls, **choices: Unpack[Choices]) -> Self:
        """Take the settings from NETWORK_ID_ISSUER, …_CLIENT_ID, …_CLIENT_SECRET and their kind.

        Raises SettingsError that names every variable that is missing.
        """
        return cls(*read_environment(os.environ), **choices)

    @property
    def desk(self) -> Desk:
        """What the routes work with. Raises RuntimeError before they are installed."""
        if self._desk is None:
            raise RuntimeError("call network_id.install(app) first")
        return self._desk

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to: to be registered, byte for byte."""
        return f"{self._settings.url}{self._prefix}/callback"

    def login_url(self, next: str | None = None, *, age: int | None = None) -> str:  # noqa: A002
        """Return the address for a link that logs in, asks for ``age`` and leads to ``next``."""
        return arriving.login_url(self.desk, next, age)

    def button(
        self,
        next: str | None = None,  # noqa: A002 - the name of the parameter in the address
        *,
        age: int | None = None,
        **looks: Unpack[Looks],
    ) -> Html:
        """Return the button *Log in with network ID* as HTML; link `button_css` on its page.

        ``looks`` are those of `network_id.button.button`: label, language, look, wide, attributes.
        """
        return button(self.login_url(next, age=age), **looks)

    @property
    def button_css(self) -> str:
        """The address of the button's style sheet, one of the installed routes."""
        return self.desk.at.button_css

    @property
    def logout_url(self) -> str:
        """The address for a form (POST) that logs out; add ``?also=network-id`` for both."""
        return self.desk.at.logout

    def _discover(self, discover: Callable[..., Found]) -> Found:
        """Return the SDK's platform, which asks the provider when it is first needed."""
        given = self._settings
        try:
            return discover(
                given.issuer,
                given.client_id,
                given.client_secret,
                self.redirect_uri,
                self._options,
            )
        except InsecureUrlError as error:
            raise SettingsError(f"NETWORK_ID_ISSUER (or issuer=): {error}") from None

    def _language(self, request: Any) -> str | None:
        hook = self._choices.get("language")
        return None if hook is None else hook(request)

    def _open(self, opening: Opening) -> Desk:
        settings, base = self._settings, self._settings.path
        clock = self._options.clock
        stores = (self._choices.get("ended"), opening.ended)
        secret = session_secret(settings, self._choices.get("session_secret"), opening.secret)
        self._desk = Desk(
            settings=settings,
            at=Addresses(
                login=f"{base}{self._prefix}/login",
                callback=f"{base}{self._prefix}/callback",
                logout=f"{base}{self._prefix}/logout",
                backchannel_logout=f"{base}{self._prefix}/backchannel-logout",
                button_css=f"{base}{self._prefix}/network-id-button.css",
                home=self._choices.get("home", f"{base}/"),
            ),
            cookies=Cookies(settings, secret),
            ended=next((one for one in stores if one is not None), EndedInMemory(clock)),
            platform=opening.platform,
            hooks=opening.hooks,
            clock=clock,
            ages=self._choices.get("ages", ()),
            ask=dict(self._choices.get("ask", {})),
            session_seconds=self._choices.get("session_seconds", SESSION_SECONDS),
        )
        log.info("network ID: redirect URI %s, provider %s", self.redirect_uri, settings.issuer)
        if settings.is_https and not self._choices.get("ended") and opening.is_alone:
            log.warning("network ID: %s", ALONE)
        return self._desk


def session_secret(settings: Settings, chosen: str | None, frameworks: str | None) -> str:
    """Return what the cookies are sealed with. Raises SettingsError.

    The argument, else NETWORK_ID_SESSION_SECRET, else the framework's own secret. On a developer's
    own machine a missing one is made of the client secret, so that a restart signs nobody out.
    """
    secret = chosen or os.environ.get("NETWORK_ID_SESSION_SECRET") or frameworks
    if secret is None and settings.is_at_home:
        return f"at home {settings.client_secret or generate_token(SHORTEST_SECRET)}"
    if secret is None or len(secret) < SHORTEST_SECRET:
        what = "is missing" if secret is None else "is too short"
        raise SettingsError(
            f"NETWORK_ID_SESSION_SECRET (or session_secret=) {what}: "
            f"{SHORTEST_SECRET} random characters or more that seal the session cookies, "
            f"the same for all processes. Make one: {NEW_SECRET}"
        )
    return secret


def greet(session: MutableMapping[str, Any] | None, network_id: str) -> None:
    """Empty the framework's own session when it holds another person's data; mark whose it is."""
    if session is None:
        return
    if session.get(MARK, network_id) != network_id:
        session.clear()
    session[MARK] = network_id
