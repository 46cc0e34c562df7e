"""``/introspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.protocol.introspection import MEDIA_TYPE
from idp.web.site import NO_STORE, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def introspect(request: Request) -> Response:
        answer = await site.services.introspection.answer(
            await read_form(request),
            request.headers.get("authorization"),
            accept=request.headers.get("accept", ""),
        )
        headers = NO_STORE | {"Vary": "Accept"}
        if answer.signed is not None:
            return Response(answer.signed, headers=headers, media_type=MEDIA_TYPE)
        return JSONResponse(dict(answer.members), headers=headers)

    return [Route("/introspect", introspect, methods=["POST"])]
