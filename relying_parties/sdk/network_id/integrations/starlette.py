"""*Log in with network ID* for FastAPI and Starlette.

    network_id = NetworkID.from_environment()
    network_id.install(app)  # /login /callback /logout /backchannel-logout

    @app.get("/")
    async def home(sign_in: Annotated[SignIn | None, Depends(network_id.current)]): ...

    @app.get("/members")
    async def members(sign_in: Annotated[SignIn, Depends(network_id.required)]): ...

    @app.get("/cellar")
    async def cellar(sign_in: Annotated[SignIn, Depends(network_id.required.over(18))]): ...

Without FastAPI, await them: ``sign_in = await network_id.required(request)``.
"""

# No `from __future__ import annotations`: FastAPI reads these annotations while the program runs.

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from network_id import Platform, SignIn, discover_later
from network_id.integrations.core import gate
from network_id.integrations.core.base import Choices, Integration, Opening, greet
from network_id.integrations.core.cookies import read_header
from network_id.integrations.core.desk import Desk, Hooks
from network_id.integrations.core.leaving import LARGEST_BODY
from network_id.integrations.core.messages import HEADERS, PRIVATE, Answer, Asked, encoded_path
from network_id.integrations.core.routes import ROUTES
from network_id.integrations.core.steps import Steps, run_async

__all__ = ["NetworkID", "Required"]


class NetworkID(Integration):
    """One client of one provider in one FastAPI or Starlette application."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str | None, **choices: Unpack[Choices]
    ) -> None:
        """Take the settings; see `Choices`. Raises SettingsError that says what to mend."""
        super().__init__(issuer, client_id, client_secret, **choices)
        self._sdk = self._discover(discover_later)
        self._open(
            Opening(lambda: self.platform, Hooks(self._welcome, self._farewell, self._language))
        )

    def install(self, app: Starlette) -> None:
        """Add the routes to ``app``, and what `required` needs. Call it once."""
        for route in ROUTES:
            path, endpoint = f"{self._prefix}/{route.path}", self._endpoint(route.steps)
            app.router.routes.append(
                Route(path, endpoint, methods=route.methods, include_in_schema=False)
            )
        app.add_exception_handler(_Instead, self._instead)
        app.add_middleware(_KeptPrivate)
        app.router.lifespan_context = self._closing(app.router.lifespan_context)

    async def current(self, request: HTTPConnection) -> SignIn | None:
        """Return who is signed in, or None: a FastAPI dependency, or awaited by yourself."""
        key = f"network_id {self.desk.cookies.session}"
        if key not in request.scope:
            request.scope[key] = await run_async(gate.current(self.desk, _asked(request)))
        sign_in: SignIn | None = request.scope[key]
        return sign_in

    @property
    def required(self) -> "Required":
        """A dependency for what needs a sign-in; ``required.over(18)`` needs an age too."""
        return Required(self)

    async def check(self, request: Request, age: int | None) -> SignIn:
        """Return who is signed in and old enough; anybody else is answered elsewhere."""
        passed = await run_async(gate.require(self.desk, _asked(request), age))
        if isinstance(passed, Answer):
            raise _Instead(passed)
        request.scope.get(_KeptPrivate.KEY, set()).add(age)
        return passed

    def _endpoint(
        self, steps: Callable[[Desk, Asked], Steps[Answer]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            asked = _asked(request, await _body(request))
            return await self._respond(request, await run_async(steps(self.desk, asked)))

        return endpoint

    async def _respond(self, request: Request, answer: Answer) -> Response:
        response: Response | None = None
        hook = self._choices.get("on_refused")
        if hook is not None and answer.refusal is not None:
            said = hook(request, answer.refusal)
            response = await said if isawaitable(said) else said
        if response is None:
            response = Response(answer.body, answer.status, dict(answer.headers))
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
                samesite="lax",
            )
        return response

    async def _instead(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, _Instead):
            raise TypeError("only what `check` raises comes here")
        return await self._respond(request, error.answer)

    async def _welcome(self, request: Request, sign_in: SignIn) -> None:
        greet(_session(request), sign_in.network_id)
        hook = self._choices.get("on_signed_in")
        said = None if hook is None else hook(request, sign_in)
        if isawaitable(said):
            await said

    async def _farewell(self, request: Request) -> None:
        hook = self._choices.get("on_signed_out")
        said = None if hook is None else hook(request)
        if isawaitable(said):
            await said
        session = _session(request)
        if session is not None:
            session.clear()

    @property
    def platform(self) -> Platform:
        """The SDK itself, for more than logging in: refreshing tokens, userinfo and so on."""
        return self._sdk

    def _closing(self, inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            async with inner(app) as state:
                try:
                    yield state
                finally:
                    await self.platform.aclose()

        return lifespan


class Required:
    """A dependency: whoever is not signed in, or not old enough, does not reach the endpoint.

    Elsewhere than in FastAPI: ``sign_in = await network_id.required(request)``.
    """

    def __init__(self, network_id: NetworkID, age: int | None = None) -> None:
        self._network_id = network_id
        self._age = age

    def over(self, age: int) -> "Required":
        """Return the same for people who have reached ``age``; who did not say is asked.

        Raises ValueError for what is no age in years.
        """
        return Required(self._network_id, gate.real_age(age))

    async def __call__(self, request: Request) -> SignIn:
        """Return the sign-in of somebody who may pass."""
        return await self._network_id.check(request, self._age)


class _KeptPrivate:
    """Keeps pages behind the gate out of shared caches. `check` leaves a mark in the scope."""

    KEY = "network_id passed"

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passed: set[int | None] = scope.setdefault(self.KEY, set())

        async def sending(message: Message) -> None:
            if passed and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("cache-control", PRIVATE)
                headers.add_vary_header("Cookie")
            await send(message)

        await self._app(scope, receive, sending)


class _Instead(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _asked(request: HTTPConnection, body: bytes = b"") -> Asked:
    return Asked(
        method=request.scope.get("method", "GET"),
        # Not `request.url`, which the Host header takes part in, and whose path is decoded.
        path=encoded_path(request.scope["path"]),
        query=request.scope["query_string"].decode("latin-1"),
        headers=request.headers,
        cookies=read_header("; ".join(request.headers.getlist("cookie"))),  # HTTP/2 has several
        native=request,
        body=body,
    )


async def _body(request: Request) -> bytes:
    """Return the body of a POST, of a large one only its beginning."""
    body = b""
    if request.method == "POST":
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                break
    return body


def _session(request: Request) -> MutableMapping[str, Any] | None:
    """Return the session of Starlette's SessionMiddleware, where there is one."""
    return request.session if "session" in request.scope else None
