"""Around every request: its id, its base path, its log line, and an answer when all else fails."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.web.admission import gate_of
from idp.web.errors import answer, handlers
from idp.web.measuring import measure
from idp.web.plain_routes import PlainRoutes
from idp.web.programs import cors_headers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

    from idp.domain.clock import Entropy
    from idp.observability.metrics import Metrics
    from idp.observability.tracing import Tracing
    from idp.web.site import Site

    _Place: TypeAlias = tuple[str, Sequence[tuple[bytes, bytes]]]

_ID_BYTES = 9
# Redirects and JSON too: a redirect can be framed, and JSON be taken for something else.
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
_HTTPS = ((b"strict-transport-security", b"max-age=31536000"),)


class _Sending:
    """Passes an answer on with the headers every answer has; remembers its status and its end."""

    def __init__(self, send: Send, always: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._always = always
        self.status = 0
        self.complete = False

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", ())
            given = {name for name, _ in headers}
            always = [pair for pair in self._always if pair[0] not in given]
            message["headers"] = [*headers, *always]
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)


class Envelope:
    """Gives each request an id, strips the issuer's path, logs one line, answers what broke.

    ``unavailable`` are the exceptions by which storage and keys say that they cannot answer now.
    ``metrics`` is None where nothing is counted, ``tracing`` where nothing is traced.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        site: Site,
        entropy: Entropy,
        unavailable: tuple[type[Exception], ...],
        metrics: Metrics | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        # Starlette answers what nobody caught before it lets go of it, so the answer is ours here.
        app.add_exception_handler(Exception, self._sorry)
        self._app = app
        self._plain = PlainRoutes(app.routes, handlers(site))
        self._routes = [route for route in app.routes if isinstance(route, Route)]
        self._site = site
        self._entropy = entropy
        self._unavailable = unavailable
        self.metrics = metrics
        self.tracing = tracing
        self._base = urlsplit(site.issuer).path.rstrip("/")
        self._always = _ALWAYS + (_HTTPS if site.issuer.startswith("https:") else ())
        self._places = {route.path: self._place_of(route.path) for route in self._routes}
        self.services = site.services
        self.gate = gate_of(site, entropy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = self._entropy.bytes(_ID_BYTES).hex()
        self._strip_base(scope)
        state["endpoint"], always = self._place(scope["path"])
        sending = _Sending(send, (*always, (b"x-request-id", request_id.encode())))
        if self.tracing is None:
            await self._serve(scope, receive, sending)
            return
        with self.tracing.request(scope["method"], state["endpoint"]) as span:
            try:
                await self._serve(scope, receive, sending)
            finally:
                span.end(
                    status=sending.status,
                    request_id=request_id,
                    cause=state.get("cause"),
                    error=state.get("error"),
                )

    async def _serve(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        state, began = scope["state"], perf_counter()
        try:
            await self._answer(scope, receive, sending)
        except ClientDisconnect:
            state["error"] = "disconnected"  # nobody is left to answer
        except Exception as error:
            state["error"] = type(error).__name__
            if not sending.complete:  # the answer is half out: nothing can be said any more
                raise
        finally:
            self._tell(scope, sending.status, perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        endpoint = self._plain.find(scope["method"], scope["path"])
        if endpoint is None or scope.get("root_path"):
            await self._app(scope, receive, sending)
            return
        request = Request(scope, receive, sending)
        try:
            response = await self._plain.answer(endpoint, request)
            await response(scope, receive, sending)
        except ClientDisconnect:
            raise
        except Exception as error:
            response = await self._sorry(request, error)
            if not sending.status:
                await response(scope, receive, sending)
            raise

    async def _sorry(self, request: Request, error: Exception) -> Response:
        """Return the answer when something of ours broke, or does not answer now."""
        if not isinstance(error, self._unavailable):
            return await answer(self._site, request, Refusal(Cause.SERVER_ERROR))
        response = await answer(self._site, request, Refusal(Cause.UNAVAILABLE))
        response.headers["Retry-After"] = "5"
        return response

    def _strip_base(self, scope: Scope) -> None:
        # A proxy may or may not take the issuer's path away before it passes a request on.
        path = scope["path"]
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            scope["path"] = path[len(self._base) :] or "/"
            scope["raw_path"] = scope["path"].encode("utf-8", "surrogateescape")

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        state, endpoint = scope["state"], scope["state"]["endpoint"]
        if self.metrics is not None:
            measure(self.metrics, state, endpoint=endpoint, status=status, seconds=seconds)
        self._site.log.event(
            "request",
            request_id=state["request_id"],
            method=scope["method"][:16],
            endpoint=endpoint,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            cause=state.get("cause"),
            problem=state.get("problem"),
            error=state.get("error"),
        )

    def _place(self, path: str) -> _Place:
        """Return the route's pattern, and the headers of every answer there.

        A path as sent is never told on: it may hold anything, even a pasted code.
        """
        place = self._places.get(path)
        if place is not None:
            return place
        found = (route.path for route in self._routes if route.path_regex.match(path))
        return next(found, "unknown"), self._place_of(path)[1]

    def _place_of(self, path: str) -> _Place:
        return path, (*self._always, *cors_headers(path).items())
