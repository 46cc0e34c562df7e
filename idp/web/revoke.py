"""``/revoke`` (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from idp.web.site import NO_STORE, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def revoke(request: Request) -> Response:
        sent = await read_form(request)
        await site.services.revocation.revoke(sent, request.headers.get("authorization"))
        return Response(headers=NO_STORE)

    return [Route("/revoke", revoke, methods=["POST"])]
