"""The simulator on the wire: one Starlette application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from network_id_simulator import discovery, par, revocation, token_endpoint, trouble, userinfo
from network_id_simulator.authorize import Authorize
from network_id_simulator.config_api import ConfigApi
from network_id_simulator.end_session import EndSession
from network_id_simulator.endpoint import endpoint
from network_id_simulator.pages import HERE, Pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from network_id_simulator.call import Call
    from network_id_simulator.simulator import Simulator

DISCOVERY: Final = "/.well-known/openid-configuration"


def create_app(simulator: Simulator) -> Starlette:
    """Return the application that answers for ``simulator``."""
    pages = Pages(simulator)
    return Starlette(
        routes=[
            *_of_programs(simulator),
            *_of_people(simulator, pages),
            *ConfigApi(simulator).routes(),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
    )


def _of_programs(simulator: Simulator) -> list[Route]:
    """Return the endpoints that a platform's server asks, each also where its redirect leads."""
    table: list[tuple[str, str, Callable[[Call], Awaitable[Response]], list[str]]] = [
        (DISCOVERY, "discovery", discovery.show_metadata, ["GET"]),
        ("/.well-known/oauth-authorization-server", "discovery", discovery.show_metadata, ["GET"]),
        ("/jwks", "jwks", discovery.show_keys, ["GET"]),
        ("/token", "token", token_endpoint.answer, ["POST"]),
        ("/userinfo", "userinfo", userinfo.answer, ["GET", "POST"]),
        ("/par", "par", par.push, ["POST"]),
        ("/revoke", "revoke", revocation.revoke, ["POST"]),
    ]
    return [
        Route(
            f"{prefix}{path}",
            endpoint(simulator, at, handler),
            methods=[*methods, "OPTIONS"],
            middleware=_FOR_BROWSERS,
        )
        for prefix in ("", trouble.ELSEWHERE)
        for path, at, handler, methods in table
    ]


# As the provider's: a platform may be nothing but a page, which asks these from another origin.
_FOR_BROWSERS: Final = [
    Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "dpop"],
        expose_headers=["www-authenticate"],
    )
]


def _of_people(simulator: Simulator, pages: Pages) -> list[Route]:
    """Return the pages, and the endpoints to which a browser is sent."""
    authorize, end_session = Authorize(pages), EndSession(pages)

    async def home(call: Call) -> Response:
        return pages.home(call)

    async def explain(call: Call) -> Response:
        return pages.explain(call, call.request.path_params["code"])

    table: list[tuple[str, str, Callable[[Call], Awaitable[Response]], list[str]]] = [
        ("/", "home", home, ["GET"]),
        ("/errors/{code}", "home", explain, ["GET"]),
        ("/authorize", "authorize", authorize.begin, ["GET", "POST"]),
        ("/authorize/chosen", "authorize", authorize.chosen, ["POST"]),
        ("/logout", "end_session", end_session.ask, ["GET", "POST"]),
        ("/logout/chosen", "end_session", end_session.chosen, ["POST"]),
    ]
    return [
        Route(path, endpoint(simulator, at, handler, pages.refused), methods=methods)
        for path, at, handler, methods in table
    ]
