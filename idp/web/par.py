"""``/par``, where clients push their authorization requests (RFC 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.protocol import dpop
from idp.services.pushed_requests import PATH
from idp.web.site import NO_STORE, read_form, with_nonce

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def push(request: Request) -> Response:
        sent = await read_form(request)
        headers = request.headers
        pushed = await site.services.pushed_requests.push(
            sent, headers.get("authorization"), headers.getlist(dpop.HEADER)
        )
        answer = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}
        given = with_nonce(NO_STORE | {"Pragma": "no-cache"}, pushed.dpop_nonce)
        return JSONResponse(answer, 201, given)

    return [Route(PATH, push, methods=["POST"])]
