"""Endpoints that programs call: their answers are JSON, their errors too, and where CORS is due.

One table, so that an endpoint cannot answer its errors as a page, forget its challenge, or be open
to other origins by accident. Cross-origin calls carry no cookie here (``*`` forbids credentials),
so that being open to every origin gives a page nothing that a program would not get.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.resource import SANDBOX_PATH

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site

_PREFLIGHT_SECONDS = "7200"
_SENT = "Authorization, Content-Type, DPoP"
_SHOWN = "DPoP-Nonce, Retry-After, WWW-Authenticate, X-Request-Id"


class Challenge(StrEnum):
    """What a 401 asks for (RFC 9110 §11.6.1): a ``BEARER`` token is never bound to a key."""

    NONE = ""
    CLIENT = "client"
    TOKEN = "token"
    BEARER = "bearer"


class Program(Struct, frozen=True):
    """One endpoint: what it asks for, and the methods that scripts of other origins may use."""

    challenge: Challenge = Challenge.NONE
    cors: tuple[str, ...] = ()


_GET = Program(cors=("GET",))
PROGRAMS: dict[str, Program] = {
    "/.well-known/openid-configuration": _GET,
    "/.well-known/oauth-authorization-server": _GET,
    "/jwks": _GET,
    "/introspect": Program(Challenge.CLIENT),
    "/par": Program(Challenge.CLIENT, ("POST",)),
    "/openapi.json": _GET,
    "/token": Program(Challenge.CLIENT, ("POST",)),
    "/revoke": Program(Challenge.CLIENT, ("POST",)),
    "/userinfo": Program(Challenge.TOKEN, ("GET", "POST")),
    SANDBOX_PATH: Program(Challenge.TOKEN, ("GET", "POST")),
    "/register": Program(Challenge.BEARER),
    "/register/": Program(Challenge.BEARER),
    "/transparency/heads.json": _GET,
    "/transparency/checkpoint": _GET,
    "/transparency/heads/": _GET,
    "/transparency/consistency/": _GET,
    "/transparency/inclusion/": _GET,
    "/transparency/months.json": _GET,
}
"""By path; one that ends in ``/`` stands for every path below it."""


def program_at(path: str) -> Program | None:
    """Return the endpoint at ``path``, or None when a person is there."""
    found = PROGRAMS.get(path)
    if found is None and "/" in path[1:]:
        found = PROGRAMS.get(path[: path.rindex("/") + 1])
    return found


def cors_headers(path: str) -> dict[bytes, bytes]:
    """Return what every answer of ``path`` says to browsers of other origins; empty where none."""
    found = program_at(path)
    if found is None or not found.cors:
        return {}
    return {
        b"access-control-allow-origin": b"*",
        b"access-control-expose-headers": _SHOWN.encode(),
    }


def routes(site: Site) -> list[Route]:
    """Return the routes that answer preflights (Fetch Standard, CORS protocol)."""

    async def preflight(request: Request) -> Response:
        found = program_at(request.scope["path"])
        methods = ", ".join(found.cors) if found else ""
        headers = {
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": _SENT,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            "Allow": f"{methods}, OPTIONS",
        }
        return Response(status_code=204, headers=headers)

    return [
        Route(f"{path}{{below}}" if path.endswith("/") else path, preflight, methods=["OPTIONS"])
        for path, program in PROGRAMS.items()
        if program.cors and (path != SANDBOX_PATH or site.services.sandbox_resource is not None)
    ]
