"""``/token``."""

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

    async def token(request: Request) -> Response:
        sent = await read_form(request)
        answer = await site.services.token.answer(sent, request.headers.get("authorization"))
        return JSONResponse(answer, headers=NO_STORE | {"Pragma": "no-cache"})

    return [Route("/token", token, methods=["POST"])]
