"""*Log in with network ID* for Django.

    network_id = NetworkID.from_environment()

    urlpatterns = [
        *network_id.urls,  # /login /callback /logout /backchannel-logout
        path("", home),
    ]

    def home(request):
        sign_in = network_id.current(request)  # SignIn or None

    @network_id.required
    def members(request): ...

    @method_decorator(network_id.required.over(18), name="dispatch")
    class Cellar(View): ...

Needs neither a database nor an installed app, and leaves ``request.user`` alone.
"""

from __future__ import annotations

from functools import wraps
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Unpack

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from network_id.integrations.core import gate
from network_id.integrations.core.base import MARK, Choices, Integration, Opening, greet
from network_id.integrations.core.cookies import read_header
from network_id.integrations.core.desk import Desk, Hooks
from network_id.integrations.core.leaving import LARGEST_BODY
from network_id.integrations.core.messages import HEADERS, PRIVATE, Answer, Asked
from network_id.integrations.core.routes import ROUTES
from network_id.integrations.core.steps import Steps, run
from network_id.sync import discover_later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

    from network_id import SignIn
    from network_id.sync import SyncPlatform

__all__ = ["EndedInCache", "NetworkID", "Required"]


class EndedInCache:
    """Remembers ends of sessions in a Django cache, for as many processes as share that.

    Django's own default, ``LocMemCache``, is of one process. A cache that is emptied, or drops
    entries for room, forgets ends before their time: give it one of its own where that matters.
    """

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias

    def end(self, names: Sequence[str], at: int, seconds: int) -> None:
        """Remember the end. Raises OSError when the cache took it not: then it is tried again."""
        left = caches[self._alias].set_many({_key(name): at for name in names}, timeout=seconds)
        if left:
            raise OSError("the cache did not take the end of a session")

    def last_end(self, names: Sequence[str]) -> int | None:
        """Return when the last of ``names`` ended."""
        found: dict[str, int] = caches[self._alias].get_many([_key(name) for name in names])
        return max(found.values(), default=None)


class NetworkID(Integration):
    """One client of one provider in one Django project.

    The cookies are sealed with ``SECRET_KEY`` where no secret of their own is given, and ends of
    sessions are remembered in the cache ``default`` (`EndedInCache`).
    """

    def __init__(
        self, issuer: str, client_id: str, client_secret: str | None, **choices: Unpack[Choices]
    ) -> None:
        """Take the settings; see `Choices`. Raises SettingsError that says what to mend."""
        super().__init__(issuer, client_id, client_secret, **choices)
        self._sdk = self._discover(discover_later)
        hooks = Hooks(self._welcome, self._farewell, self._language)
        ended, backend = EndedInCache(), settings.CACHES.get("default", {}).get("BACKEND", "")
        is_alone = backend.endswith((".LocMemCache", ".DummyCache"))
        self._open(Opening(lambda: self._sdk, hooks, settings.SECRET_KEY, ended, is_alone))

    @property
    def urls(self) -> list[Any]:
        """The routes, for ``urlpatterns``; each is named, e.g. ``network_id_login``."""
        prefix = f"{self._prefix}/".lstrip("/")
        return [
            path(
                f"{prefix}{route.path}",
                # Not Django's token: the logout looks where the form came from, which holds for
                # every framework alike, and the provider has no token of ours.
                csrf_exempt(require_http_methods(route.methods)(self._view(route.steps))),
                name=f"network_id_{route.name}",
            )
            for route in ROUTES
        ]

    @property
    def platform(self) -> SyncPlatform:
        """The SDK itself, for more than logging in: refreshing tokens, userinfo and so on."""
        return self._sdk

    def current(self, request: HttpRequest) -> SignIn | None:
        """Return who is signed in at this request, or None."""
        key = f"_network_id {self.desk.cookies.session}"
        if not hasattr(request, key):
            setattr(request, key, run(gate.current(self.desk, _asked(request))))
        sign_in: SignIn | None = getattr(request, key)
        return sign_in

    async def acurrent(self, request: HttpRequest) -> SignIn | None:
        """Return the same in an asynchronous view."""
        sign_in: SignIn | None = await sync_to_async(self.current)(request)
        return sign_in

    def middleware(
        self, get_response: Callable[[HttpRequest], HttpResponse]
    ) -> Callable[[HttpRequest], HttpResponse]:
        """End Django's session with the sign-in that it belongs to, so that ``request.user`` ends.

        For ``MIDDLEWARE``, between Django's SessionMiddleware and AuthenticationMiddleware.
        """

        def ending(request: HttpRequest) -> HttpResponse:
            if MARK in request.session and self.current(request) is None:
                request.session.flush()
            return get_response(request)

        return ending

    @property
    def required(self) -> Required:
        """A decorator for views that need a sign-in; ``required.over(18)`` needs an age too."""
        return Required(self)

    def check(self, request: HttpRequest, age: int | None) -> HttpResponse | None:
        """Return what to answer to whoever is not signed in or not old enough; None lets pass."""
        passed = run(gate.require(self.desk, _asked(request), age))
        return self._respond(request, passed) if isinstance(passed, Answer) else None

    def _view(
        self, steps: Callable[[Desk, Asked], Steps[Answer]]
    ) -> Callable[[HttpRequest], HttpResponse]:
        def view(request: HttpRequest) -> HttpResponse:
            asked = _asked(request, _body(request))
            return self._respond(request, run(steps(self.desk, asked)))

        return view

    def _respond(self, request: HttpRequest, answer: Answer) -> HttpResponse:
        response = None
        hook = self._choices.get("on_refused")
        if hook is not None and answer.refusal is not None:
            response = hook(request, answer.refusal)
        if response is None:
            headers = dict(answer.headers)
            response = HttpResponse(answer.body, status=answer.status, headers=headers)
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

    def _welcome(self, request: HttpRequest, sign_in: SignIn) -> Any:
        session = _session(request)
        greet(session, sign_in.network_id)
        if session is not None:
            session.cycle_key()  # an id that was planted before is worth nothing
        hook = self._choices.get("on_signed_in")
        return None if hook is None else hook(request, sign_in)

    def _farewell(self, request: HttpRequest) -> Any:
        hook = self._choices.get("on_signed_out")
        said = None if hook is None else hook(request)
        session = _session(request)
        if session is not None:
            session.flush()
        return said


class Required:
    """A decorator: whoever is not signed in, or not old enough, does not reach the view."""

    def __init__(self, network_id: NetworkID, age: int | None = None) -> None:
        self._network_id = network_id
        self._age = age

    def over(self, age: int) -> Required:
        """Return the same for people who have reached ``age``; who did not say is asked.

        Raises ValueError for what is no age in years.
        """
        return Required(self._network_id, gate.real_age(age))

    def __call__(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Return the view behind the check; one that is a coroutine stays one."""
        check, age = self._network_id.check, self._age

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            instead = check(request, age)
            return _private(view(request, *args, **kwargs)) if instead is None else instead

        @wraps(view)
        async def checked_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            instead = await sync_to_async(check)(request, age)
            return _private(await view(request, *args, **kwargs)) if instead is None else instead

        return checked_async if iscoroutinefunction(view) else checked


def _private(response: Any) -> Any:
    """Keep a page behind the gate out of shared caches: Django's own would show it to anybody."""
    if isawaitable(response):  # of an asynchronous class, whose `dispatch` is none

        async def waiting() -> Any:
            return _private(await response)

        return waiting()
    response.headers.setdefault("Cache-Control", PRIVATE)
    patch_vary_headers(response, ("Cookie",))
    return response


def _asked(request: HttpRequest, body: bytes = b"") -> Asked:
    return Asked(
        method=request.method,
        path=request.get_full_path().partition("?")[0],
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        cookies=read_header(request.META.get("HTTP_COOKIE", "")),
        native=request,
        body=body,
    )


def _body(request: HttpRequest) -> bytes:
    """Return the body of a POST, of a large one only its beginning."""
    if request.method != "POST":
        return b""
    body: bytes = request.read(LARGEST_BODY)
    return body


def _session(request: HttpRequest) -> Any:
    """Return the session of Django's SessionMiddleware, where there is one."""
    return getattr(request, "session", None)


def _key(name: str) -> str:
    return f"network-id-{name}"
