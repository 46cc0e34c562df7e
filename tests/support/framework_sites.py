"""One small platform in three frameworks: the same paths, the same answers, the same browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import django
import flask
import httpx2
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from network_id import Options, SignIn
from network_id.integrations import django as for_django
from network_id.integrations import flask as for_flask
from network_id.integrations import starlette as for_starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.testclient import TestClient

from tests.support.simulated_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, SimulatedProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.integrations.core.base import Integration

    from tests.support.time import FrozenClock

Build = Callable[..., "Site"]
HOME: Final = "http://localhost:8000"
NOBODY: Final = "nobody"
_NUMBERS: Final = itertools.count(1)

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        ROOT_URLCONF=(),
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SECRET_KEY="a secret of the tests that is long enough",
    )
    django.setup()


@dataclass
class Reply:
    """What a browser was answered."""

    status: int
    headers: Mapping[str, str]
    text: str
    set_cookies: tuple[str, ...]

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def refusal(self) -> str:
        """The kind of refusal that the page is of."""
        return self.text.partition('data-refusal="')[2].partition('"')[0]


@dataclass
class Visitor:
    """A browser at one site. It keeps cookies by name, until it is told to drop them."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **headers: str) -> Reply:
        return self.send("GET", url, headers)

    def post(self, url: str, form: Mapping[str, str] | None = None, /, **headers: str) -> Reply:
        return self.send("POST", url, headers, form)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        client = self.site.client
        answer = client.request(method, url, headers=sent, data=form, follow_redirects=False)
        client.cookies.clear()
        lines = tuple(answer.headers.get_list("set-cookie"))
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return Reply(answer.status_code, answer.headers, answer.text, lines)

    def begin(self, query: str = "") -> str:
        """Press the login button; return the address at the provider."""
        answer = self.get(f"/login{query}")
        assert answer.status == 303, answer.text
        assert answer.location.startswith(ISSUER), answer.location
        return answer.location

    def come_back(self, url: str) -> Reply:
        """Be sent back by the provider, which was asked by ``url``."""
        return self.get(f"/callback?{self.site.provider.answer(url)}")

    def sign_in(self, query: str = "") -> Reply:
        """Go all the way."""
        return self.come_back(self.begin(query))

    def is_known(self) -> bool:
        """Tell whether the site shows a network ID to this browser."""
        shown = self.get("/").text
        assert shown == NOBODY or shown.count("-") == 4, shown
        return shown != NOBODY

    def copy(self) -> Visitor:
        """Return somebody who has stolen all cookies."""
        return Visitor(self.site, dict(self.cookies))


@dataclass
class Site:
    """A platform in one framework, in this process. ``id`` is its integration."""

    provider: SimulatedProvider
    client: httpx2.Client
    id: Integration
    framework: str

    def visitor(self) -> Visitor:
        return Visitor(self)

    @property
    def session_cookie(self) -> str:
        return self.id.desk.cookies.session


def site(framework: str, provider: SimulatedProvider, clock: FrozenClock, **choices: Any) -> Site:
    """Build the site: ``/`` for all, ``/members`` signed in, ``/cellar`` for 18, ``/park`` for 14.

    POST works at ``/members`` too. ``/basket`` is in the framework's own session.
    """
    options = Options(clock=clock.now, transport=provider.transport())
    given = {"url": HOME, "options": options} | choices
    client, integration = BUILDERS[framework](given)
    return Site(provider, client, integration, framework)


def _starlette(choices: dict[str, Any]) -> tuple[httpx2.Client, Integration]:
    app = FastAPI()
    network_id = for_starlette.NetworkID(ISSUER, CLIENT_ID, CLIENT_SECRET, **choices)
    network_id.install(app)

    # `Annotated` is the better form; here it would name a variable of this function, which FastAPI
    # does not find when annotations are text.
    @app.get("/")
    async def home(
        sign_in: SignIn | None = Depends(network_id.current),  # noqa: B008, FAST002 - see above
    ) -> PlainTextResponse:
        return PlainTextResponse(sign_in.display if sign_in else NOBODY)

    @app.api_route("/members", methods=["GET", "POST"])
    async def members(
        _: SignIn = Depends(network_id.required),  # noqa: B008 - the same
    ) -> PlainTextResponse:
        return PlainTextResponse("members")

    @app.get("/cellar")
    async def cellar(
        _: SignIn = Depends(network_id.required.over(18)),  # noqa: B008, FAST002 - the same
    ) -> PlainTextResponse:
        return PlainTextResponse("cellar")

    @app.get("/park")
    async def park(request: Request) -> PlainTextResponse:
        await network_id.required.over(14)(request)
        return PlainTextResponse("park")

    @app.get("/basket")
    async def basket(request: Request, put: str = "") -> PlainTextResponse:
        if put:
            request.session["basket"] = put
        return PlainTextResponse(request.session.get("basket", "empty"))

    app.add_middleware(SessionMiddleware, secret_key="a secret of the framework's own session")
    client = TestClient(app, base_url=_origin(choices["url"]), raise_server_exceptions=False)
    return client, network_id


def _flask(choices: dict[str, Any]) -> tuple[httpx2.Client, Integration]:
    app = flask.Flask("site")
    app.secret_key = "a secret of the application, and long"
    network_id = for_flask.NetworkID(ISSUER, CLIENT_ID, CLIENT_SECRET, **choices)
    network_id.install(app)

    @app.get("/")
    def home() -> str:
        sign_in = network_id.current()
        return sign_in.display if sign_in else NOBODY

    @app.route("/members", methods=["GET", "POST"])
    @network_id.required
    def members() -> str:
        return "members"

    @app.get("/cellar")
    @network_id.required.over(18)
    def cellar() -> str:
        return "cellar"

    @app.get("/park")
    @network_id.required.over(14)
    def park() -> str:
        return "park"

    @app.get("/basket")
    def basket() -> str:
        if "put" in flask.request.args:
            flask.session["basket"] = flask.request.args["put"]
        return str(flask.session.get("basket", "empty"))

    return _by_wsgi(app, choices["url"]), network_id


def _django(choices: dict[str, Any]) -> tuple[httpx2.Client, Integration]:
    network_id = for_django.NetworkID(ISSUER, CLIENT_ID, CLIENT_SECRET, **choices)

    def home(request: Any) -> HttpResponse:
        sign_in = network_id.current(request)
        return HttpResponse(sign_in.display if sign_in else NOBODY)

    def members(_request: Any) -> HttpResponse:
        return HttpResponse("members")

    def cellar(_request: Any) -> HttpResponse:
        return HttpResponse("cellar")

    def park(_request: Any) -> HttpResponse:
        return HttpResponse("park")

    def basket(request: Any) -> HttpResponse:
        if "put" in request.GET:
            request.session["basket"] = request.GET["put"]
        return HttpResponse(request.session.get("basket", "empty"))

    members.csrf_exempt = True  # type: ignore[attr-defined]  # as csrf_exempt marks a view
    urls = (
        *network_id.urls,
        path("", home),
        path("basket", basket),
        path("members", network_id.required(members)),
        path("cellar", network_id.required.over(18)(cellar)),
        path("park", network_id.required.over(14)(park)),
    )
    return _by_wsgi(_DjangoAt(urls), choices["url"]), network_id


class _DjangoAt(WSGIHandler):  # type: ignore[misc]  # Django has no types
    """Django with URLs of its own, although a process has one set of settings."""

    def __init__(self, urls: tuple[Any, ...]) -> None:
        super().__init__()
        self._urls = urls

    def get_response(self, request: Any) -> Any:
        request.urlconf = self._urls
        return super().get_response(request)


def _by_wsgi(app: Callable[..., Any], url: str) -> httpx2.Client:
    transport = httpx2.WSGITransport(app=app, raise_app_exceptions=False)
    return httpx2.Client(transport=transport, base_url=_origin(url))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


BUILDERS: Final = {"starlette": _starlette, "flask": _flask, "django": _django}
