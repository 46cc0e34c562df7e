"""``/openapi.json``: the endpoints for programs, described from the routes that there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from idp.protocol import openapi
from idp.protocol.openapi_operations import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from idp.web.site import Site

_PUBLIC = {"Cache-Control": "public, max-age=3600"}


def route(site: Site, others: Iterable[Route]) -> Route:
    """Return the route that describes ``others`` and itself."""
    paths = {PATH, *(other.path for other in others)}
    described = json.dumps(openapi.document(site.issuer, paths)).encode()

    async def show(_request: Request) -> Response:
        return Response(described, headers=_PUBLIC, media_type="application/json")

    return Route(PATH, show)
