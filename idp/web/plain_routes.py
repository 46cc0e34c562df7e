"""The short way from a request to its endpoint, for paths without parameters.

What the framework does around an endpoint (error layers, an exit stack, its own tracing, a walk
over every route) takes longer than most of the work of a silent login, and is of no use to an
endpoint that takes a request and returns an answer. Which endpoint a request has is still decided
by the framework's routes, once at the start; what is not found here goes through the framework.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.routing import Match, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
    Handler: TypeAlias = Callable[[Request, Any], Coroutine[Any, Any, Response]]


class PlainRoutes:
    """The endpoints of ``routes`` that a method and a whole path lead to.

    ``handlers`` are those of the application: what an endpoint raises is answered the same way.
    """

    def __init__(
        self, routes: Sequence[BaseRoute], handlers: Mapping[int | type[Exception], Handler]
    ) -> None:
        self._handlers = handlers
        self._handled = tuple(kind for kind in handlers if isinstance(kind, type))
        plain = [route for route in routes if isinstance(route, Route) and _is_plain(route)]
        self._endpoints = {
            (method, route.path): route.endpoint
            for route in plain
            for method in route.methods or ()
            if _first(routes, method, route.path) is route
        }

    def find(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint that the framework would come to, or None to ask the framework."""
        return self._endpoints.get((method, path))

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """Return the endpoint's answer, or that of the handler of what it raised."""
        try:
            return await endpoint(request)
        except self._handled as error:
            return await self._handler(error)(request, error)

    def _handler(self, error: Exception) -> Handler:
        return next(self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers)


def _is_plain(route: Route) -> bool:
    return not route.param_convertors and iscoroutinefunction(route.endpoint)


def _first(routes: Sequence[BaseRoute], method: str, path: str) -> BaseRoute | None:
    scope = {"type": "http", "method": method, "path": path, "headers": []}
    asked = (route for route in routes if _may_match(route, path))
    return next((route for route in asked if route.matches(scope)[0] is Match.FULL), None)


def _may_match(route: BaseRoute, path: str) -> bool:
    """Tell cheaply of most that they do not: one without parameters has its own path alone."""
    return not isinstance(route, Route) or bool(route.param_convertors) or route.path == path
