"""``/par``, where clients push their authorization requests (RFC 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.web.site import NO_STORE, read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def push(request: Request) -> Response:
        sent = await read_form(request)
        pushed = await site.services.pushed_requests.push(
            sent, request.headers.get("authorization")
        )
        answer = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}
        return JSONResponse(answer, 201, NO_STORE | {"Pragma": "no-cache"})

    return [Route("/par", push, methods=["POST"])]
