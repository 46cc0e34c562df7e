"""*Log in with network ID* for Flask.

    network_id = NetworkID.from_environment()
    network_id.install(app)  # /login /callback /logout /backchannel-logout

    @app.get("/")
    def home():
        sign_in = network_id.current()  # SignIn or None

    @app.get("/members")
    @network_id.required
    def members(): ...

    @app.get("/cellar")
    @network_id.required.over(18)
    def cellar(): ...

The decorators stand below the route: what they wrap is the view.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack
from urllib.parse import urlencode

from flask import Flask, Response, after_this_request, current_app, request, session

from network_id.integrations.core import gate
from network_id.integrations.core.base import Choices, Integration, Opening, greet
from network_id.integrations.core.cookies import read_header
from network_id.integrations.core.desk import Desk, Hooks
from network_id.integrations.core.leaving import LARGEST_BODY
from network_id.integrations.core.messages import HEADERS, PRIVATE, Answer, Asked, encoded_path
from network_id.integrations.core.routes import ROUTES
from network_id.integrations.core.steps import Steps, run
from network_id.sync import discover_later

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from network_id import SignIn
    from network_id.sync import SyncPlatform

__all__ = ["NetworkID", "Required"]

P = ParamSpec("P")
R = TypeVar("R")


class NetworkID(Integration):
    """One client of one provider in one Flask application."""

    default_port = "5000"

    def __init__(
        self, issuer: str, client_id: str, client_secret: str | None, **choices: Unpack[Choices]
    ) -> None:
        """Take the settings; see `Choices`. Raises SettingsError that says what to mend."""
        super().__init__(issuer, client_id, client_secret, **choices)
        self._sdk = self._discover(discover_later)

    def install(self, app: Flask) -> None:
        """Add the routes to ``app``. Call it once, when its ``secret_key`` is set if it is.

        Raises SettingsError where there is no secret for the session cookie.
        """
        key = app.secret_key
        secret = key.decode("latin-1") if isinstance(key, bytes) else key
        hooks = Hooks(self._welcome, self._farewell, self._language)
        self._open(Opening(lambda: self._sdk, hooks, secret))
        for route in ROUTES:
            path, endpoint = f"{self._prefix}/{route.path}", f"network_id.{route.name}"
            app.add_url_rule(path, endpoint, self._view(route.steps), methods=route.methods)

    @property
    def platform(self) -> SyncPlatform:
        """The SDK itself, for more than logging in: refreshing tokens, userinfo and so on."""
        return self._sdk

    def current(self) -> SignIn | None:
        """Return who is signed in at this request, or None."""
        # Not in `g`, which outlives a request where an application context was there before it.
        key = f"_network_id {self.desk.cookies.session}"
        if not hasattr(request, key):
            setattr(request, key, run(gate.current(self.desk, _asked())))
        sign_in: SignIn | None = getattr(request, key)
        return sign_in

    @property
    def required(self) -> Required:
        """A decorator for views that need a sign-in; ``required.over(18)`` needs an age too."""
        return Required(self)

    def check(self, age: int | None) -> Response | None:
        """Return what to answer to whoever is not signed in or not old enough; None lets pass."""
        passed = run(gate.require(self.desk, _asked(), age))
        if isinstance(passed, Answer):
            return self._respond(passed)
        after_this_request(_private)
        return None

    def _view(self, steps: Callable[[Desk, Asked], Steps[Answer]]) -> Callable[[], Response]:
        def view() -> Response:
            return self._respond(run(steps(self.desk, _asked(_body()))))

        return view

    def _respond(self, answer: Answer) -> Response:
        response: Response | None = None
        hook = self._choices.get("on_refused")
        if hook is not None and answer.refusal is not None:
            said = hook(request, answer.refusal)
            response = None if said is None else current_app.make_response(said)
        if response is None:
            response = current_app.response_class(answer.body, answer.status, dict(answer.headers))
        for name, value in HEADERS.items():  # a page of the platform's stands at our address too
            response.headers.setdefault(name, value)
        for cookie in answer.cookies:
            response.set_cookie(
                cookie.name,
                cookie.value,
                max_age=cookie.seconds,
                path="/",
                secure=cookie.secure,
                httponly=True,
                samesite="Lax",
            )
        return response

    def _welcome(self, _request: Any, sign_in: SignIn) -> Any:
        greet(_session(), sign_in.network_id)
        hook = self._choices.get("on_signed_in")
        return None if hook is None else hook(request, sign_in)

    def _farewell(self, _request: Any) -> Any:
        hook = self._choices.get("on_signed_out")
        said = None if hook is None else hook(request)
        kept = _session()
        if kept is not None:
            kept.clear()
        return said


class Required:
    """A decorator: whoever is not signed in, or not old enough, does not reach the view.

    It stands below ``@app.get``: what it wraps is the view, not the route.
    """

    def __init__(self, network_id: NetworkID, age: int | None = None) -> None:
        self._network_id = network_id
        self._age = age

    def over(self, age: int) -> Required:
        """Return the same for people who have reached ``age``; who did not say is asked.

        Raises ValueError for what is no age in years.
        """
        return Required(self._network_id, gate.real_age(age))

    def __call__(self, view: Callable[P, R]) -> Callable[P, R | Response]:
        """Return the view behind the check."""

        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            instead = self._network_id.check(self._age)
            if instead is not None:
                return instead
            passed: R = current_app.ensure_sync(view)(*args, **kwargs)
            return passed

        return checked


def _asked(body: bytes = b"") -> Asked:
    return Asked(
        method=request.method,
        path=encoded_path(request.root_path + request.path),
        query=request.query_string.decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers},
        cookies=read_header(request.headers.get("cookie", "")),
        native=request,
        body=body,
    )


def _private(response: Response) -> Response:
    """Keep a page behind the gate out of shared caches."""
    response.headers.setdefault("Cache-Control", PRIVATE)
    response.vary.add("Cookie")
    return response


def _body() -> bytes:
    """Return the body of a POST, of a large one only its beginning."""
    if request.method != "POST":
        return b""
    # Where the application has read it already (`before_request`), what it read is kept as a form.
    body: bytes = request.stream.read(LARGEST_BODY)
    return body or urlencode(list(request.form.items(multi=True))).encode()


def _session() -> MutableMapping[str, Any] | None:
    """Return Flask's own session, where the application has one."""
    return session if current_app.secret_key else None
