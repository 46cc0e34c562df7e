"""How often operators acted on people's accounts, by month, for everybody to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.services.audit import COUNTED

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request) -> Response:
        months = await site.services.operations.audit.counts()
        shown: dict[str, object] = {"months": months, "counted": [act.value for act in COUNTED]}
        return site.pages.render(request, "transparency.html", shown)

    return [Route("/transparency", show, methods=["GET"])]
