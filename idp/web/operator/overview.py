"""The first page of an operator: who they are here, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.operator import door

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, on_duty: OnDuty) -> Response:
        return door.render(site, request, on_duty, "overview", {"section": "overview"})

    return [Route("/operator", door.operator_only(site, show), methods=["GET"])]
