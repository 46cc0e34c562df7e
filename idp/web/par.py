"""``/par``, where clients push their authorization requests (RFC 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from idp.domain.throttle import Act
from idp.protocol import dpop
from idp.services.pushed_requests import PATH
from idp.web.site import NO_STORE, read_form, with_nonce
from idp.web.tries import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def push(request: Request) -> Response:
        sent = await read_form(request)
        headers = request.headers
        if not _proves(sent, headers):
            await site.services.throttle.count(Act.PUSH, caller(site, request))
        pushed = await site.services.pushed_requests.push(
            sent, headers.get("authorization"), headers.getlist(dpop.HEADER)
        )
        answer = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}
        given = with_nonce(NO_STORE | {"Pragma": "no-cache"}, pushed.dpop_nonce)
        return JSONResponse(answer, 201, given)

    return [Route(PATH, push, methods=["POST"])]


def _proves(sent: Mapping[str, str], headers: Headers) -> bool:
    """Tell whether a request names a proof: what then fails to convince leaves no row anyway."""
    return "authorization" in headers or bool({"client_secret", "client_assertion"} & sent.keys())
